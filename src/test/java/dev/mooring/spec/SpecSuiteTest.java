package dev.mooring.spec;

import dev.mooring.guest.memory.Layout;
import java.io.IOException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The suite in process: intake, compiler, processors, on each layout. */
final class SpecSuiteTest {
  private static SpecSuite suite;

  @BeforeAll
  static void load() throws IOException {
    suite = SpecSuite.load();
  }

  @ParameterizedTest
  @EnumSource
  void suite_inProcess_holds(Layout layout) {
    var report = new SpecReport();
    try (var host = new InProcess(suite, layout)) {
      suite.scripts().keySet().forEach(name -> SpecScript.run(name, suite, host, report));
    }
    report.assertHolds(suite, "in process, " + layout);
  }
}
