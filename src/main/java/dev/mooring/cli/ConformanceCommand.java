package dev.mooring.cli;

import dev.mooring.cli.client.ClientSecurity;
import dev.mooring.cli.client.ServerOption;
import dev.mooring.cli.terminal.Console;
import dev.mooring.cli.text.Bytes;
import dev.mooring.cli.text.CommandFailure;
import dev.mooring.cli.text.Durations;
import dev.mooring.cli.text.ExitCode;
import dev.mooring.cli.text.Json;
import dev.mooring.client.ServerAddress;
import dev.mooring.conformance.Check;
import dev.mooring.conformance.Conformance;
import dev.mooring.conformance.Target;
import dev.mooring.conformance.Verdict;
import dev.mooring.conformance.Verdict.Outcome;
import dev.mooring.error.ErrorText;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import javax.net.ssl.SSLContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mooring conformance}: does a server keep the protocol's rules? */
@Command(
    name = "conformance",
    header = "Drive a server through every rule of PROTOCOL.md, and print a table.",
    description = {
      "Says what no good client would: put servers to the test, not those that people use. The server"
          + " needs the module `conformance` of this distribution, which does what the checks expect;"
          + " src/guests/c/conformance.c says what that is.",
      "Exits with 0 if no rule is broken, with 1 if one is. A rule that this server can't be asked"
          + " about is skipped, with the reason.",
      "",
      "Examples:",
      "  mooring conformance 127.0.0.1:7070",
      "  mooring conformance 127.0.0.1:7070 --only C,R1",
      "  mooring conformance ws://127.0.0.1:7070",
      "  mooring conformance example.org:7070 --ca ca.pem --token-file token --json"
    })
final class ConformanceCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(
      index = "0",
      paramLabel = "[SCHEME://]HOST:PORT",
      converter = ServerOption.Converter.class,
      description =
          "Where the server listens."
              + ServerOption.SCHEMES
              + " Rules about what a wire has otherwise are skipped.")
  private ServerAddress address = ServerAddress.parse("127.0.0.1:7070");

  @Option(
      names = "--only",
      paramLabel = "ID",
      split = ",",
      description = "Only these rules; C is all whose ids begin with C. May be repeated.")
  private List<String> only = new ArrayList<>();

  @Option(names = "--list", description = "Print the rules, and ask no server.")
  private boolean list;

  @Option(
      names = {"-m", "--module"},
      paramLabel = "M",
      defaultValue = Target.DEFAULT_MODULE,
      description = "What the module is called there; ${DEFAULT-VALUE} by default.")
  private String module = Target.DEFAULT_MODULE;

  @Mixin private ClientSecurity security = new ClientSecurity();

  @Option(
      names = "--patience",
      paramLabel = "TIME",
      defaultValue = "10s",
      converter = Durations.Converter.class,
      description = "How long to wait for an answer; ${DEFAULT-VALUE} by default.")
  private Duration patience = Target.DEFAULT_PATIENCE;

  @Option(names = "--json", description = "Print JSON instead of a table.")
  private boolean json;

  ConformanceCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    List<Check> checks = chosen();
    if (list) {
      checks.forEach(this::printRule);
      return ExitCode.OK;
    }
    Target target = target();
    requireServer();
    var verdicts = new ArrayList<Verdict>();
    for (Check check : checks) {
      Verdict verdict = Conformance.run(check, target);
      verdicts.add(verdict);
      if (!json) {
        print(verdict);
      }
    }
    if (json) {
      console.out().println(Json.print(toJson(verdicts)));
    } else {
      console.out().println(summary(verdicts));
    }
    return count(verdicts, Outcome.FAILED) == 0 ? ExitCode.OK : ExitCode.FAILED;
  }

  private List<Check> chosen() {
    List<Check> all = Conformance.checks();
    for (String id : only) {
      if (all.stream().noneMatch(check -> isMeant(id, check))) {
        throw CommandFailure.usage("there is no rule '" + id + "'; --list shows them");
      }
    }
    return all.stream()
        .filter(check -> only.isEmpty() || only.stream().anyMatch(id -> isMeant(id, check)))
        .toList();
  }

  /** {@code C} means all rules whose ids are a C and a number. */
  private static boolean isMeant(String id, Check check) {
    return check.id().equalsIgnoreCase(id)
        || check.id().replaceAll("\\d+$", "").equalsIgnoreCase(id);
  }

  /** Fifty checks that find nobody there would say the same thing fifty times. */
  private void requireServer() {
    try (var socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(address.host(), address.port()), (int) patience.toMillis());
    } catch (IOException e) {
      throw CommandFailure.noServer("no server at " + address + ": " + ErrorText.of(e), e);
    }
  }

  private Target target() {
    Target target =
        Target.of(address.host(), address.port())
            .withWire(address.scheme().wire())
            .withModule(module)
            .withPatience(patience);
    String token = security.token();
    if (token != null) {
      target = target.withToken(token);
    }
    SSLContext tls = security.sslContext(address.scheme().isSecure());
    return tls == null ? target : target.withTls(tls, security.serverName(address.host()));
  }

  private void printRule(Check check) {
    console.out().println("%-4s %-25s %s".formatted(check.id(), check.section(), check.rule()));
  }

  private void print(Verdict verdict) {
    Check check = verdict.check();
    String word =
        switch (verdict.outcome()) {
          case PASSED -> console.outInk(Console.Ink.GREEN, "pass");
          case FAILED -> console.outInk(Console.Ink.RED, "FAIL");
          case SKIPPED -> console.outInk(Console.Ink.DIM, "skip");
        };
    console
        .out()
        .println("%-4s %s  %-25s %s".formatted(check.id(), word, check.section(), check.rule()));
    if (verdict.outcome() != Outcome.PASSED) {
      // What a server sends may hold anything.
      console.out().println(" ".repeat(11) + Bytes.toLine(verdict.detail()).strip());
    }
  }

  private static String summary(List<Verdict> verdicts) {
    long millis = verdicts.stream().mapToLong(verdict -> verdict.took().toMillis()).sum();
    return "%d %s: %d passed, %d failed, %d skipped, in %.1f s"
        .formatted(
            verdicts.size(),
            verdicts.size() == 1 ? "rule" : "rules",
            count(verdicts, Outcome.PASSED),
            count(verdicts, Outcome.FAILED),
            count(verdicts, Outcome.SKIPPED),
            millis / 1000.0);
  }

  private static long count(List<Verdict> verdicts, Outcome outcome) {
    return verdicts.stream().filter(verdict -> verdict.outcome() == outcome).count();
  }

  private Map<String, Object> toJson(List<Verdict> verdicts) {
    var report = new LinkedHashMap<String, Object>();
    report.put("server", address.toString());
    report.put("module", module);
    report.put("passed", count(verdicts, Outcome.PASSED));
    report.put("failed", count(verdicts, Outcome.FAILED));
    report.put("skipped", count(verdicts, Outcome.SKIPPED));
    report.put("rules", verdicts.stream().map(ConformanceCommand::toJson).toList());
    return report;
  }

  private static Map<String, Object> toJson(Verdict verdict) {
    var rule = new LinkedHashMap<String, Object>();
    rule.put("id", verdict.check().id());
    rule.put("section", verdict.check().section());
    rule.put("rule", verdict.check().rule());
    rule.put("outcome", verdict.outcome().name().toLowerCase(Locale.ROOT));
    rule.put("detail", verdict.detail());
    rule.put("millis", verdict.took().toMillis());
    return rule;
  }
}
