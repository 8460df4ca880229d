package dev.mooring.loadtest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What the servers' processes take of this machine, as Linux counts it. With several, their sum. A
 * process that ends meanwhile keeps the CPU time that it had taken.
 */
final class ServerProcesses {
  /** Linux counts in hundredths of a second, whatever its own clock does. */
  private static final double TICKS_PER_SECOND = 100;

  private static final int UTIME = 11;
  private static final int STIME = 12;
  private static final long KIB = 1024;

  private final List<Long> pids;
  private final double[] cpuSeconds;
  private boolean ended;

  /**
   * @throws LoadFailure if there is no such process, or no {@code /proc}
   */
  ServerProcesses(List<Long> pids) {
    this.pids = pids;
    this.cpuSeconds = new double[pids.size()];
    for (long pid : pids) {
      if (!Files.isReadable(stat(pid))) {
        throw LoadFailure.usage(
            "--server-pid "
                + pid
                + ": there is no such process on this machine (it is looked for in /proc)");
      }
    }
  }

  boolean isEmpty() {
    return pids.isEmpty();
  }

  /** Whether one of them has ended. */
  boolean hasEnded() {
    return ended;
  }

  /** CPU time since they were started. */
  double cpuSeconds() {
    double sum = 0;
    for (int i = 0; i < cpuSeconds.length; i++) {
      try {
        String stat = Files.readString(stat(pids.get(i)));
        // The name may hold anything, brackets and blanks too.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        cpuSeconds[i] =
            (Long.parseLong(fields[UTIME]) + Long.parseLong(fields[STIME])) / TICKS_PER_SECOND;
      } catch (IOException e) {
        ended = true;
      }
      sum += cpuSeconds[i];
    }
    return sum;
  }

  /** Resident memory now, in bytes. */
  long rssBytes() {
    long sum = 0;
    for (long pid : pids) {
      try {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
          if (line.startsWith("VmRSS:")) {
            sum += Long.parseLong(line.replaceAll("[^0-9]", "")) * KIB;
          }
        }
      } catch (IOException e) {
        ended = true;
      }
    }
    return sum;
  }

  private static Path stat(long pid) {
    return Path.of("/proc/" + pid + "/stat");
  }
}
