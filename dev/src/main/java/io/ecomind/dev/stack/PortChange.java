package io.ecomind.dev.stack;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.profile.PrivateFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A port that another program holds, and the one that is used instead. Immutable.
 *
 * @param part what listens
 */
record PortChange(String part, int wanted, int used) {
    String message() {
        return "port " + wanted + " is in use by another program: " + part + " is on port " + used + " instead";
    }

    /** Keeps the changes for {@code status}, which runs in another process. */
    static void write(DataDirectory data, List<PortChange> changes) {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        for (PortChange change : changes) {
            list.addObject()
                    .put("part", change.part())
                    .put("wanted", change.wanted())
                    .put("used", change.used());
        }
        PrivateFile.write(file(data), list);
    }

    static List<PortChange> read(DataDirectory data) {
        List<PortChange> changes = new ArrayList<>();
        for (JsonNode change : PrivateFile.read(file(data)).orElse(JsonNodeFactory.instance.arrayNode())) {
            changes.add(new PortChange(
                    change.path("part").asText(),
                    change.path("wanted").asInt(),
                    change.path("used").asInt()));
        }
        return changes;
    }

    private static Path file(DataDirectory data) {
        return data.run().resolve("ports.json");
    }
}
