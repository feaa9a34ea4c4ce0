CREATE TABLE alerts (
    id text NOT NULL,
    org_id text NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    metric text NOT NULL CHECK (metric IN ('call_count', 'kwh', 'water_l', 'co2_kg')),
    threshold numeric(30, 12) NOT NULL CHECK (threshold > 0),
    "window" text NOT NULL,
    channel text NOT NULL CHECK (channel IN ('webhook', 'slack', 'teams', 'email')),
    webhook_url text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, id)
);
COMMENT ON TABLE alerts IS 'Budget rules: when metric crosses threshold within the window, tell the channel.';

CREATE TABLE notifications (
    id text NOT NULL,
    org_id text NOT NULL,
    alert_id text NOT NULL,
    occurrence_id text NOT NULL,
    ts timestamptz NOT NULL DEFAULT now(),
    message text NOT NULL,
    status text NOT NULL CHECK (status IN ('pending', 'sent', 'failed')),
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, alert_id) REFERENCES alerts (org_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE notifications IS 'Messages about one occurrence of a rule.';
CREATE INDEX notifications_alert ON notifications (org_id, alert_id);

CREATE TABLE notification_attempts (
    org_id text NOT NULL,
    notification_id text NOT NULL,
    attempt integer NOT NULL CHECK (attempt > 0),
    ts timestamptz NOT NULL DEFAULT now(),
    outcome text NOT NULL,
    PRIMARY KEY (org_id, notification_id, attempt),
    FOREIGN KEY (org_id, notification_id) REFERENCES notifications (org_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE notification_attempts IS 'Each try to deliver a message.';

CREATE TABLE audit_logs (
    id text NOT NULL,
    org_id text NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    user_id text,
    action text NOT NULL,
    resource text NOT NULL,
    ts timestamptz NOT NULL DEFAULT now(),
    details jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (org_id, id)
);
COMMENT ON TABLE audit_logs IS 'Who changed what. Rows are added, never changed.';

CREATE TABLE billing_customers (
    id text NOT NULL,
    org_id text NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    stripe_customer_id text NOT NULL UNIQUE,
    plan text NOT NULL REFERENCES plans (plan),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, id)
);
COMMENT ON TABLE billing_customers IS 'The payment provider''s customer of an organisation.';
CREATE INDEX billing_customers_plan ON billing_customers (plan);

CREATE TABLE invoices (
    id text NOT NULL,
    org_id text NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    stripe_invoice_id text NOT NULL UNIQUE,
    amount bigint NOT NULL,
    currency char(3) NOT NULL,
    status text NOT NULL,
    ts timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, id)
);
COMMENT ON TABLE invoices IS 'Invoices; amount in minor units of the currency.';

GRANT SELECT, INSERT, UPDATE, DELETE ON alerts TO ecomind_api;
GRANT SELECT ON alerts TO ecomind_dispatcher, ecomind_pipeline;
GRANT SELECT, INSERT, UPDATE ON notifications, notification_attempts TO ecomind_dispatcher;
GRANT SELECT ON notifications, notification_attempts TO ecomind_api;
GRANT SELECT, INSERT ON audit_logs TO ecomind_api, ecomind_worker;
GRANT SELECT ON billing_customers, invoices TO ecomind_api;
