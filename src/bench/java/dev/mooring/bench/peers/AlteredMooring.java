package dev.mooring.bench.peers;

import dev.mooring.guest.GuestModule;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.guest.ModuleRefused;
import dev.mooring.guest.compile.InterruptionCheck;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.ModuleSource;
import dev.mooring.session.Problem;
import dev.mooring.session.SessionLimits;
import dev.mooring.transport.Transport;
import dev.mooring.transport.config.TransportConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Mooring without one of its promises, to see what that promise costs: a call that runs away is not
 * stopped. {@code LOOPS FOLDER}; it prints {@code listening on PORT}, and runs until it is killed.
 */
public final class AlteredMooring {
  private AlteredMooring() {}

  /** Runs one until it is killed. */
  @SuppressWarnings("SystemOut") // Whoever started it waits for this.
  public static void main(String[] args) throws IOException, ModuleRefused {
    var runtime = new GuestRuntime(GuestRuntime.defaultBudgetBytes());
    SessionLimits limits = SessionLimits.DEFAULTS;
    Map<String, GuestModule> modules = modules(Path.of(args[1]), runtime);
    ModuleSource source =
        (reference, mayOpen, answer) -> {
          GuestModule module = modules.get(reference);
          if (module == null) {
            answer.notFound(new Problem(ErrorCode.MODULE_NOT_FOUND, "no such module"));
          } else {
            answer.found(module, limits);
          }
        };
    Transport transport =
        Transport.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            TransportConfig.DEFAULTS.withEventLoops(Integer.parseInt(args[0])),
            runtime,
            source,
            limits);
    System.out.println("listening on " + ((InetSocketAddress) transport.address()).getPort());
  }

  private static Map<String, GuestModule> modules(Path folder, GuestRuntime runtime)
      throws IOException, ModuleRefused {
    var modules = new HashMap<String, GuestModule>();
    try (var files = Files.newDirectoryStream(folder, "*.wasm")) {
      for (Path file : files) {
        String name = String.valueOf(file.getFileName());
        modules.put(
            name.substring(0, name.lastIndexOf('.')),
            GuestModule.compile(
                Files.readAllBytes(file), ModuleOptions.DEFAULTS, runtime, InterruptionCheck.NONE));
      }
    }
    return modules;
  }
}
