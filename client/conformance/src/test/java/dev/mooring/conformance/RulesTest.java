package dev.mooring.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.conformance.Verdict.Outcome;
import dev.mooring.proto.v1.ErrorCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** That the checks and the rules of PROTOCOL.md are the same. */
final class RulesTest {
  private static final Path DOCUMENT = Path.of("..", "..", "proto", "PROTOCOL.md");
  private static final Pattern RULE =
      Pattern.compile(
          "^\\| ([A-Z]\\d+) \\| \\[([^\\]]+)\\]\\(#[^)]+\\) \\| ([^|]+) \\|(?: ([^|]+) \\|)?$",
          Pattern.MULTILINE);
  private static final Pattern ERROR =
      Pattern.compile(
          "^\\| (\\d{3}) \\| `([A-Z_]+)` \\| .* \\| (yes|no) \\| .* \\|$", Pattern.MULTILINE);

  @Test
  void rules_ofTheDocument_haveACheckOrSayWhyNot() throws IOException {
    var told = new ArrayList<String>();
    Matcher row = RULE.matcher(Files.readString(DOCUMENT));
    while (row.find()) {
      String why = row.group(4) == null ? "" : ": " + row.group(4);
      told.add(row.group(1) + " " + row.group(2) + ": " + row.group(3) + why);
    }
    var made = new ArrayList<String>();
    for (Check check : Conformance.checks()) {
      String why = check.id().startsWith("U") ? ": " + skipOf(check) : "";
      made.add(check.id() + " " + check.section() + ": " + check.rule() + why);
    }
    assertEquals(String.join("\n", told), String.join("\n", made));
  }

  /** Why nobody sees it from outside. */
  private static String skipOf(Check check) {
    var nobody = Target.of("127.0.0.1", 1);
    return String.valueOf(assertThrows(Skip.class, () -> check.body().run(nobody)).getMessage());
  }

  @Test
  void ids_areUnique() {
    var ids = new HashSet<String>();
    for (Check check : Conformance.checks()) {
      assertTrue(ids.add(check.id()), check.id());
    }
  }

  @Test
  void retryable_isWhatTheTablesSay() throws IOException {
    var told = EnumSet.noneOf(ErrorCode.class);
    Matcher row = ERROR.matcher(Files.readString(DOCUMENT));
    while (row.find()) {
      if (row.group(3).equals("yes")) {
        told.add(ErrorCode.valueOf(row.group(2)));
      }
    }
    assertEquals(told, EndingChecks.retryable());
  }

  @Test
  void run_nobodyThere_everyCheckFailsOrIsSkipped() throws IOException {
    int port;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    var target = Target.of("127.0.0.1", port).withPatience(Duration.ofSeconds(1));
    for (Check check : Conformance.checks()) {
      Verdict verdict = Conformance.run(check, target);
      Outcome expected = check.id().startsWith("U") ? Outcome.SKIPPED : Outcome.FAILED;
      assertEquals(expected, verdict.outcome(), check + ": " + verdict.detail());
    }
  }

  /** A server that takes connections and ends them keeps no rule. */
  @Test
  void run_serverThatHangsUp_everyCheckFails() throws IOException {
    try (var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      var _ =
          Thread.startVirtualThread(
              () -> {
                try {
                  while (true) {
                    server.accept().close();
                  }
                } catch (IOException e) {
                  // The test is over.
                }
              });
      var target =
          Target.of("127.0.0.1", server.getLocalPort()).withPatience(Duration.ofSeconds(5));
      var passed = new ArrayList<Check>();
      for (Check check : Conformance.checks()) {
        if (Conformance.run(check, target).outcome() == Outcome.PASSED) {
          passed.add(check);
        }
      }
      assertEquals(List.of(), passed);
    }
  }
}
