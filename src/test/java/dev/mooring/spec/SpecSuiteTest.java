package dev.mooring.spec;

import dev.mooring.server.testing.Optimized;
import java.io.IOException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The suite in process: intake, compiler, processors. */
@Optimized
final class SpecSuiteTest {
  private static SpecSuite suite;

  @BeforeAll
  static void load() throws IOException {
    suite = SpecSuite.load();
  }

  @Test
  void suite_inProcess_holds() {
    var report = new SpecReport();
    try (var host = new InProcess(suite)) {
      suite.scripts().keySet().forEach(name -> SpecScript.run(name, suite, host, report));
    }
    report.assertHolds(suite, "in process");
  }
}
