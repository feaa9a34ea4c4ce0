package io.ecomind.service.http;

import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;

/**
 * Headers of every answer, also of those that a server gives to what is not valid HTTP: nothing may be guessed from an
 * answer, run in it, framed, or learned from where it was linked. A page that needs more sets a policy of its own. Stateless.
 */
final class StandardHeaders {
    private static final HttpFields ALWAYS = HttpFields.build()
            .add("X-Content-Type-Options", "nosniff")
            .add(
                    "Content-Security-Policy",
                    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
            .add("Referrer-Policy", "no-referrer")
            .add("Cross-Origin-Resource-Policy", "same-origin")
            .asImmutable();

    /** A year; for the whole host, but not for others of its domain. */
    private static final HttpField HTTPS_ONLY = new HttpField("Strict-Transport-Security", "max-age=31536000");

    private StandardHeaders() {}

    static void put(HttpFields.Mutable headers, boolean encrypted) {
        for (HttpField field : ALWAYS) {
            headers.put(field);
        }
        if (encrypted) {
            headers.put(HTTPS_ONLY);
        }
    }
}
