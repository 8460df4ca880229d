package dev.mooring.server;

import com.sun.management.ThreadMXBean;
import dev.mooring.transport.config.TransportConfig;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A server in a process of its own, without the leak detector that the tests' own has and that
 * makes a note of each use of a buffer. It says its port, and then, for each line that it is given,
 * how many bytes its event loops have allocated so far.
 */
public final class GarbageProcess {
  private GarbageProcess() {}

  /** The argument is the folder of the modules. */
  public static void main(String[] arguments) throws Exception {
    var config =
        ServerConfig.of(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Path.of(arguments[0]))
            .withTransport(TransportConfig.DEFAULTS.withEventLoops(1));
    try (var server = MooringServer.start(config);
        var lines =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
      System.out.println(((InetSocketAddress) server.address()).getPort());
      while (lines.readLine() != null) {
        System.out.println(allocatedBytes());
      }
    }
  }

  private static long allocatedBytes() {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long sum = 0;
    for (ThreadInfo thread : threads.dumpAllThreads(false, false, 0)) {
      if (thread.getThreadName().startsWith("mooring-loop")) {
        sum += threads.getThreadAllocatedBytes(thread.getThreadId());
      }
    }
    return sum;
  }
}
