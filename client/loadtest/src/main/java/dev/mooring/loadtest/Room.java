package dev.mooring.loadtest;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether this machine lets one process open as many connections as a plan wants. */
final class Room {
  /** Files that a JVM and its event loops have open anyway. */
  private static final int OTHER_FILES = 100;

  private static final Path PORT_RANGE = Path.of("/proc/sys/net/ipv4/ip_local_port_range");

  private Room() {}

  /**
   * @throws LoadFailure if not; it says what would help
   */
  static void check(LoadPlan plan) {
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
      checkFiles(plan, system.getMaxFileDescriptorCount());
    }
    checkPorts(plan, localPorts());
  }

  static void checkFiles(LoadPlan plan, long limit) {
    if (plan.connections() + OTHER_FILES > limit) {
      throw LoadFailure.usage(
          ("--connections %d needs %d file descriptors, and this process may have %d: raise the"
                  + " limit (ulimit -n), or start several load tests with fewer connections each")
              .formatted(plan.connections(), plan.connections() + OTHER_FILES, limit));
    }
  }

  static void checkPorts(LoadPlan plan, int ports) {
    long sources = Math.max(1, plan.target().sources().size());
    long room = ports * sources * plan.target().servers().size();
    if (plan.connections() > room) {
      throw LoadFailure.usage(
          ("--connections %d needs as many ports, and there are %d (%d for each pair of addresses):"
                  + " give more addresses with --source")
              .formatted(plan.connections(), room, ports));
    }
  }

  private static int localPorts() {
    try {
      String[] range = Files.readString(PORT_RANGE).strip().split("\\s+", -1);
      return Integer.parseInt(range[1]) - Integer.parseInt(range[0]) + 1;
    } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
      // Not Linux: the number is only there to warn early.
      return 65_535;
    }
  }
}
