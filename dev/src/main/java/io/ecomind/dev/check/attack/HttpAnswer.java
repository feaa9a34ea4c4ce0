package io.ecomind.dev.check.attack;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;

/**
 * What a server answered. Immutable.
 *
 * @param status 0 when the connection was closed or nothing came within the time
 * @param headers by lower-case name; of several with one name the last
 * @param start the first mebibyte of the body
 * @param bytes length of the whole body
 */
record HttpAnswer(int status, Map<String, String> headers, byte[] start, long bytes, Duration took) {
    private static final ObjectMapper JSON = new ObjectMapper();

    String text() {
        return new String(start, StandardCharsets.UTF_8);
    }

    JsonNode json() {
        try {
            return JSON.readTree(start);
        } catch (IOException notJson) {
            return MissingNode.getInstance();
        }
    }

    /** Whether this is a problem document with a code. */
    boolean isProblem() {
        return headers.getOrDefault("content-type", "").startsWith("application/problem+json")
                && !json().path("code").asText().isEmpty();
    }

    /** Status and code in a few characters. */
    String brief() {
        String code = json().path("code").asText();
        return status == 0 ? "no answer" : code.isEmpty() ? Integer.toString(status) : status + " " + code;
    }
}
