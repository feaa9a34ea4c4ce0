package io.ecomind.dev;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/** Under which licence each module is, as its pom says, and that no module needs one whose licence asks for more. */
class ModuleLicencesTest {
    private static final String APACHE = "Apache-2.0";
    private static final String AGPL = "AGPL-3.0-or-later";
    private static final String GROUP = "io.ecomind";
    private static final Path ROOT = Path.of("..");

    private record Module(Path folder, String licence, Set<String> needs) {}

    @Test
    void a_module_under_apache_needs_no_module_under_the_agpl() throws Exception {
        Map<String, Module> modules = modules();

        assertThat(named("ecomind-contracts", modules).licence()).isEqualTo(APACHE);
        assertThat(named("ecomind-api", modules).licence()).isEqualTo(AGPL);
        modules.forEach((name, module) -> {
            if (module.licence().equals(APACHE)) {
                assertThat(closure(name, modules).stream()
                                .filter(needed ->
                                        !named(needed, modules).licence().equals(APACHE)))
                        .as("what %s needs that is not under %s", name, APACHE)
                        .isEmpty();
            }
        });
    }

    @Test
    void what_a_module_needs_is_found_through_others() throws Exception {
        assertThat(closure("ecomind-usage", modules())).contains("ecomind-contracts");
        assertThat(closure("ecomind-dev", modules())).contains("ecomind-footprint", "ecomind-flink-jobs");
    }

    @Test
    void a_module_with_a_licence_of_its_own_has_the_text_beside_it() throws Exception {
        modules().values().stream()
                .filter(module -> !module.licence().equals(AGPL))
                .forEach(
                        module -> assertThat(module.folder().resolve("LICENSE")).isRegularFile());
        assertThat(Files.readString(ROOT.resolve("LICENSE"))).contains("GNU AFFERO GENERAL PUBLIC LICENSE");
    }

    private static Module named(String name, Map<String, Module> modules) {
        return Objects.requireNonNull(modules.get(name), name);
    }

    private static Set<String> closure(String name, Map<String, Module> modules) {
        Set<String> found = new TreeSet<>();
        List<String> next = new ArrayList<>(named(name, modules).needs());
        while (!next.isEmpty()) {
            String needed = next.remove(next.size() - 1);
            if (found.add(needed)) {
                next.addAll(named(needed, modules).needs());
            }
        }
        return found;
    }

    /** By artifact; a module without a licence of its own is under that of the root. */
    private static Map<String, Module> modules() throws Exception {
        assertThat(licence(parse(ROOT.resolve("pom.xml")))).isEqualTo(AGPL);
        Map<String, Module> modules = new HashMap<>();
        List<Path> poms;
        try (Stream<Path> files = Files.walk(ROOT, 3)) {
            poms = files.filter(
                            file -> file.endsWith("pom.xml") && !file.toString().contains("target"))
                    .toList();
        }
        for (Path pom : poms) {
            Element project = parse(pom);
            String own = licence(project);
            modules.put(
                    String.valueOf(text(project, "artifactId")),
                    new Module(Objects.requireNonNull(pom.getParent()), own == null ? AGPL : own, needs(project)));
        }
        assertThat(modules).hasSizeGreaterThan(10);
        return modules;
    }

    private static Set<String> needs(Element project) {
        Set<String> needs = new TreeSet<>();
        for (Element dependencies : children(project, "dependencies")) {
            for (Element dependency : children(dependencies, "dependency")) {
                if (GROUP.equals(text(dependency, "groupId")) && !"test".equals(text(dependency, "scope"))) {
                    needs.add(String.valueOf(text(dependency, "artifactId")));
                }
            }
        }
        return needs;
    }

    private static @Nullable String licence(Element project) {
        for (Element licences : children(project, "licenses")) {
            for (Element licence : children(licences, "license")) {
                return text(licence, "name");
            }
        }
        return null;
    }

    private static Element parse(Path pom) throws Exception {
        Document document =
                DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(pom.toFile());
        return document.getDocumentElement();
    }

    private static @Nullable String text(Element parent, String name) {
        List<Element> found = children(parent, name);
        return found.isEmpty() ? null : found.get(0).getTextContent().trim();
    }

    private static List<Element> children(Element parent, String name) {
        List<Element> found = new ArrayList<>();
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element && element.getTagName().equals(name)) {
                found.add(element);
            }
        }
        return found;
    }
}
