package dev.mooring.ship;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Debian package, on a machine with systemd: installed, in use, killed, purged. */
final class DebianPackageIT {
  private static final String UNIT = "/usr/lib/systemd/system/mooring.service";

  /** How much of a service systemd counts as exposed, in tenths: 13 is what ours is. */
  private static final String EXPOSED_AT_MOST = "--threshold=15";

  /** What dpkg notes of every package, and the tools that know users, whatever they did. */
  private static final Pattern NOTES =
      Pattern.compile(
          "/var/lib/dpkg(/.*)?|/var/log(/.*)?|/var|/var/lib|/var/lib/systemd(/deb-systemd-helper-\\w+(/[\\w.-]+\\.wants)?)?|/var/tmp"
              + "|/etc/(passwd|group|shadow|gshadow|subuid|subgid)-?|/etc/\\.pwd\\.lock"
              + "|/(etc|usr|usr/lib|usr/share|usr/share/doc|usr/bin|etc/default)");

  @TempDir Path folder;

  @Test
  void package_installedKilledAndPurged_servesInBetweenAndLeavesNoTrace() throws Exception {
    String deb = "/mnt/" + Packages.named(".deb").getFileName();
    try (Machine machine = Machine.boot(Files.createDirectory(folder.resolve("machine")))) {
      List<String> writtenBefore = machine.written();
      String usersBefore = machine.check("cat", "/etc/passwd", "/etc/group", "/etc/shadow");

      machine.check("dpkg", "--install", deb);
      awaitListening(machine, 1);
      assertEquals("enabled", machine.check("systemctl", "is-enabled", "mooring"));
      unit_isFaultlessAndTight(machine);
      process_hasNothingThatItDoesNotNeed(machine);

      // A cache that doesn't fit is passed over in silence, and Java slow; so it must fit from now
      // on.
      machine.check("sh", "-c", "echo MOORING_JAVA_OPTIONS=-XX:AOTMode=on >>/etc/default/mooring");
      machine.check("cp", "/usr/lib/mooring/modules/counter.wasm", "/var/lib/mooring/modules");
      machine.check("systemctl", "restart", "mooring");
      awaitListening(machine, 2);
      session_isServedAndSurvivesAKill(machine);
      configuration_isReadAgain(machine);

      // The same version once more, as an upgrade is.
      machine.check("dpkg", "--install", "--force-confold", deb);
      awaitListening(machine, 4);
      assertEquals("3", add(machine));

      machine.check("dpkg", "--remove", "mooring");
      assertEquals("inactive", machine.run("systemctl", "is-active", "mooring").out().strip());
      machine.check(
          "test", "-f", "/etc/mooring/mooring.toml", "-a", "-d", "/var/lib/mooring/store");
      assertTrue(journal(machine).contains("msg=\"stopped\""), "it drains");

      machine.check("dpkg", "--purge", "mooring");
      var left = new TreeSet<>(machine.written());
      left.removeAll(writtenBefore);
      left.removeIf(path -> NOTES.matcher(path).matches());
      assertEquals(List.of(), List.copyOf(left));
      assertEquals(usersBefore, machine.check("cat", "/etc/passwd", "/etc/group", "/etc/shadow"));
      assertEquals("", machine.run("pgrep", "-f", "dev.mooring").out());
    }
  }

  private static void unit_isFaultlessAndTight(Machine machine) throws Exception {
    Shell.Run verify = machine.run("systemd-analyze", "verify", UNIT);
    assertEquals("", verify.out() + verify.err());
    assertEquals(0, verify.exitCode());
    machine.check("systemd-analyze", "security", "--offline=true", EXPOSED_AT_MOST, UNIT);
  }

  private static void process_hasNothingThatItDoesNotNeed(Machine machine) throws Exception {
    String pid = pid(machine);
    assertEquals("mooring:mooring", machine.check("stat", "-c", "%U:%G", "/proc/" + pid));
    String status = machine.check("cat", "/proc/" + pid + "/status").replace('\t', ' ');
    for (String line :
        List.of(
            "CapEff: 0000000000000000",
            "CapBnd: 0000000000000000",
            "NoNewPrivs: 1",
            "Seccomp: 2")) {
      assertTrue(status.contains(line), status);
    }
    // Root, among the service's mounts: what is refused there is refused to whoever breaks out.
    for (String place :
        List.of("/etc", "/usr/lib/mooring/lib", "/var/lib", "/var/lib/mooring/modules")) {
      Shell.Run touch = machine.run("nsenter", "-t", pid, "-m", "touch", place + "/x");
      assertNotEquals(0, touch.exitCode(), place);
      assertTrue(touch.err().contains("Read-only"), touch.err());
    }
    machine.check("nsenter", "-t", pid, "-m", "touch", "/var/lib/mooring/x", "/tmp/x");
    assertFalse(machine.run("test", "-e", "/tmp/x").exitCode() == 0, "it has a /tmp of its own");
  }

  private static void session_isServedAndSurvivesAKill(Machine machine) throws Exception {
    assertEquals("1", add(machine));
    String pid = pid(machine);
    machine.check("systemctl", "kill", "--signal=KILL", "mooring");
    awaitListening(machine, 3);
    assertNotEquals(pid, pid(machine));
    assertEquals("1", machine.check("systemctl", "show", "-P", "NRestarts", "mooring"));
    assertEquals("2", add(machine));
  }

  private static void configuration_isReadAgain(Machine machine) throws Exception {
    machine.check(
        "sed", "-i", "s/^#call_timeout_ms.*/call_timeout_ms = 60/", "/etc/mooring/mooring.toml");
    machine.check("systemctl", "reload", "mooring");
    machine.await("configuration reloaded", "journalctl", "-u", "mooring");
  }

  private static String add(Machine machine) throws Exception {
    return machine.check(
        "mooring",
        "call",
        "--module",
        "counter",
        "--session",
        "visits",
        "--durability",
        "disk",
        "add",
        "1");
  }

  private static String pid(Machine machine) throws Exception {
    return machine.check("systemctl", "show", "-P", "MainPID", "mooring");
  }

  private static String journal(Machine machine) throws Exception {
    return machine.check("journalctl", "--no-pager", "-o", "cat", "-u", "mooring");
  }

  /** Until it has come to listen so many times, all in all. */
  private static void awaitListening(Machine machine, int times) throws Exception {
    machine.await(
        "times=" + times + "\n",
        "sh",
        "-c",
        "echo times=$(journalctl --no-pager -o cat -u mooring | grep -c '^mooring: listening on ')");
  }
}
