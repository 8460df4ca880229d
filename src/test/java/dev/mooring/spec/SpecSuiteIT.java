package dev.mooring.spec;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.testing.Patient;
import dev.mooring.session.SessionLimits;
import dev.mooring.transport.config.AdmissionLimits;
import dev.mooring.transport.config.ListenerConfig;
import dev.mooring.transport.config.TransportConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** The suite over the wire: a server, and a client that doesn't wait for answers. */
@EnabledIfEnvironmentVariable(
    named = "CI",
    matches = "true",
    disabledReason = "minutes; SpecSuiteTest has the same scripts in process")
@Patient
final class SpecSuiteIT {
  private static final int PATIENT_MILLIS = 60_000;

  /** Scripts that run at a time. */
  private static final int AT_A_TIME = 4;

  /** It would say of thousands of modules why it refused them. */
  private static final Logger MODULES = (Logger) LoggerFactory.getLogger("dev.mooring.module");

  @TempDir static Path folder = Path.of("");
  private static SpecSuite suite;

  @BeforeAll
  static void load() throws IOException {
    suite = SpecSuite.load();
    suite.writeModules(folder);
    MODULES.setLevel(Level.ERROR);
  }

  @AfterAll
  static void logAgain() {
    MODULES.setLevel(null);
  }

  private static ServerConfig config() {
    return ServerConfig.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), folder)
        .withTransport(TransportConfig.DEFAULTS.withListener(listener()))
        .withSession(limits());
  }

  /** Nobody is turned away for what was refused. */
  private static ListenerConfig listener() {
    return ListenerConfig.DEFAULTS.withLimits(AdmissionLimits.DEFAULTS.withRates(0, 1, 0));
  }

  /** The usual ones, but for memory and time. */
  private static SessionLimits limits() {
    return SessionLimits.DEFAULTS
        .withMemoryBytes(InProcess.MEMORY_BYTES)
        .withCallTimeouts(PATIENT_MILLIS, PATIENT_MILLIS);
  }

  @Test
  void suite_overTheWire_holds() throws Exception {
    var report = new SpecReport();
    try (var server = MooringServer.start(config());
        var host = new OverTheWire(server.address());
        var threads = Executors.newFixedThreadPool(AT_A_TIME)) {
      for (Future<?> script : threads.invokeAll(scripts(host, report))) {
        script.get();
      }
    }
    report.assertHolds(suite, "over the wire");
  }

  private static List<Callable<Void>> scripts(SpecHost host, SpecReport report) {
    var scripts = new ArrayList<Callable<Void>>();
    for (String name : suite.scripts().keySet()) {
      scripts.add(
          () -> {
            SpecScript.run(name, suite, host, report);
            return null;
          });
    }
    return scripts;
  }
}
