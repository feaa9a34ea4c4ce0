package io.ecomind.service.http;

import io.ecomind.contracts.ErrorCode;
import io.ecomind.service.AppException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/**
 * What every port asks of the form of a request beyond what Jetty does: Jetty ignores transfer codings besides chunked, so a
 * proxy in front that undoes them would see another body, and decodes a query leniently, so that different bytes become the
 * same name. Stateless.
 */
final class RequestForm {
    private static final int MAX_SHOWN = 64;
    private static final char REPLACEMENT = '\uFFFD';

    private RequestForm() {}

    /** What is wrong with a request, empty when nothing is. */
    static Optional<AppException> problem(Request request) {
        List<String> codings = request.getHeaders().getValuesList(HttpHeader.TRANSFER_ENCODING);
        if (!codings.isEmpty() && (codings.size() > 1 || !codings.get(0).equalsIgnoreCase("chunked"))) {
            return Optional.of(
                    new AppException(ErrorCode.INVALID_REQUEST, "Transfer-Encoding must be chunked and nothing else"));
        }
        String query = request.getHttpURI().getQuery();
        if (query == null) {
            return Optional.empty();
        }
        for (String parameter : query.split("&", -1)) {
            int equals = parameter.indexOf('=');
            String name = equals < 0 ? parameter : parameter.substring(0, equals);
            if (!isText(name)) {
                return Optional.of(new AppException(
                        ErrorCode.INVALID_PARAMETER,
                        "names of parameters must be UTF-8, percent-encoded, was '" + shortened(name) + "'"));
            }
            if (!isText(parameter)) {
                return Optional.of(new AppException(
                        ErrorCode.INVALID_PARAMETER,
                        shortened(name) + " must be UTF-8, percent-encoded, was '"
                                + shortened(parameter.substring(equals + 1)) + "'"));
            }
        }
        return Optional.empty();
    }

    /** Whether a part of a query stands for a text. */
    private static boolean isText(String encoded) {
        if (encoded.indexOf(REPLACEMENT) >= 0) {
            // Jetty has read bytes that are no text already.
            return false;
        }
        var bytes = new ByteArrayOutputStream(encoded.length());
        for (int i = 0; i < encoded.length(); i++) {
            char c = encoded.charAt(i);
            if (c != '%') {
                bytes.writeBytes(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
                continue;
            }
            if (i + 2 >= encoded.length()) {
                return false;
            }
            int high = Character.digit(encoded.charAt(i + 1), 16);
            int low = Character.digit(encoded.charAt(i + 2), 16);
            if (high < 0 || low < 0) {
                return false;
            }
            bytes.write(high << 4 | low);
            i += 2;
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.toByteArray()));
            return true;
        } catch (CharacterCodingException notText) {
            return false;
        }
    }

    /** As it came, which is printable except for what is not ASCII. */
    private static String shortened(String encoded) {
        String shown = encoded.length() > MAX_SHOWN ? encoded.substring(0, MAX_SHOWN) + "…" : encoded;
        return shown.replaceAll("[^\\x21-\\x7e…]", "?");
    }
}
