package io.ecomind.dev.check.advisories;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.ecomind.cli.profile.CommandException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads a CycloneDX bill of materials in JSON. Stateless. */
final class BillOfMaterials {
    private BillOfMaterials() {}

    /** The components of others. */
    static List<Component> read(Path file) {
        JsonNode bill;
        try {
            bill = new ObjectMapper().readTree(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new CommandException(file + " cannot be read: " + e.getMessage(), e);
        }
        List<Component> components = new ArrayList<>();
        for (JsonNode component : bill.path("components")) {
            String group = component.path("group").asText();
            if (!group.equals("io.ecomind")) {
                components.add(new Component(
                        group + ":" + component.path("name").asText(),
                        component.path("version").asText()));
            }
        }
        if (components.isEmpty()) {
            throw new CommandException(file + " names no component");
        }
        return components;
    }
}
