package io.ecomind.footprint.price;

import io.ecomind.footprint.Citation;

/** Another name of a model at the same seller. Immutable. */
public record PriceAlias(String seller, String alias, String model, Citation citation) {
    public PriceAlias {
        if (seller.isBlank() || alias.isBlank() || model.isBlank()) {
            throw new IllegalArgumentException("seller, alias and model must not be empty, was '" + seller + "', '"
                    + alias + "' and '" + model + "'");
        }
    }
}
