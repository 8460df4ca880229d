package dev.mooring.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.observe.ModuleProfile;
import java.io.StringReader;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

/** The picture of a profile. */
final class FlameGraphTest {
  private static Document svg(ModuleProfile profile) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(FlameGraph.of("kernel", profile))));
  }

  private static int count(Document svg, String element) {
    return svg.getElementsByTagName(element).getLength();
  }

  @Test
  void of_twoStacks_hasABoxForEachFunctionWhereItWasCalled() throws Exception {
    var profile =
        new ModuleProfile(
            200, Map.of(List.of("run", "sort"), 30L, List.of("run", "hash", "mix"), 60L));
    Document svg = svg(profile);
    assertEquals(5, count(svg, "rect"));
    String titles = svg.getDocumentElement().getTextContent();
    assertTrue(titles.contains("run: 90 looks, 100.0 %"), titles);
    assertTrue(titles.contains("mix: 60 looks, 66.7 %"), titles);
    assertEquals("0 0 1200 72", svg.getDocumentElement().getAttribute("viewBox"));
  }

  @Test
  void of_nothingFound_isTheModuleAlone() throws Exception {
    assertEquals(1, count(svg(new ModuleProfile(200, Map.of())), "rect"));
  }

  @Test
  void of_namesThatAreNoXml_isXml() throws Exception {
    String name = "<a href=\"&\">\0\u202E\uFFFF";
    assertEquals(2, count(svg(new ModuleProfile(1, Map.of(List.of(name), 1L))), "rect"));
  }

  @Test
  void of_endlessRecursion_isCut() throws Exception {
    var stack = Collections.nCopies(5_000, "again");
    assertEquals(100, count(svg(new ModuleProfile(1, Map.of(stack, 1L))), "rect"));
  }

  @Test
  void functions_ofRecursion_areCountedOnceALook() {
    var profile = new ModuleProfile(9, Map.of(List.of("f", "g", "f"), 4L, List.of("f"), 1L));
    assertEquals(
        List.of(new ModuleProfile.Function("f", 5, 5), new ModuleProfile.Function("g", 0, 4)),
        profile.functions());
  }
}
