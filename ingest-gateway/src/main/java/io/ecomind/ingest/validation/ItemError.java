package io.ecomind.ingest.validation;

import io.ecomind.contracts.ErrorCode;

/**
 * What is wrong with one item. Immutable.
 *
 * @param index position of the item in its request
 * @param field empty when no single field is to blame
 * @param message names field, value and limit
 */
public record ItemError(int index, ErrorCode code, String field, String message) {}
