package io.ecomind.jobs.enrichment;

import io.ecomind.footprint.FactorCatalogue;
import io.ecomind.footprint.OrganisationFactors;
import io.ecomind.footprint.Rating;
import io.ecomind.footprint.UsageCall;
import java.io.Serializable;

/** How a call is rated. The job does it by the catalogue; a measurement puts a constant in its place. */
@FunctionalInterface
public interface RateCall extends Serializable {
    RateCall BY_CATALOGUE = FactorCatalogue::rate;

    Rating rate(FactorCatalogue catalogue, UsageCall call, OrganisationFactors own);
}
