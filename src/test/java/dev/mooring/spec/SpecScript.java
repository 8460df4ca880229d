package dev.mooring.spec;

import static java.util.Objects.requireNonNull;

import dev.mooring.spec.SpecCommand.Action;
import dev.mooring.spec.SpecHost.Instance;
import dev.mooring.spec.SpecHost.Outcome;
import dev.mooring.spec.SpecHost.Refused;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Runs one script: what its modules are, and what became of its commands. One thread. */
final class SpecScript {
  private static final String NOWHERE = "not in the archive";
  private static final Pattern PROPOSAL = Pattern.compile("of the proposal '([^']+)'");
  private static final Pattern IMPORT =
      Pattern.compile("imports .*; Mooring offers ", Pattern.DOTALL);

  /**
   * Modules that were invalid and that later versions of the specification allow: a constant
   * expression may ask for any global that is defined before it.
   */
  private static final Set<String> ALLOWED_LATER =
      Set.of("elem-171", "elem-175", "global-352", "global-356");

  /** The specification's words, or how they begin, and what we call it. */
  private static final Map<String, String> TRAPS =
      Map.of(
          "out of bounds memory access", "OUT_OF_BOUNDS_MEMORY",
          "out of bounds table access", "OUT_OF_BOUNDS_TABLE",
          "undefined element", "OUT_OF_BOUNDS_TABLE",
          "uninitialized element", "UNINITIALIZED_ELEMENT",
          "indirect call type mismatch", "INDIRECT_CALL_TYPE",
          "integer divide by zero", "INTEGER_DIVIDE_BY_ZERO",
          "integer overflow", "INTEGER_OVERFLOW",
          "invalid conversion to integer", "INVALID_CONVERSION",
          "unreachable", "UNREACHABLE",
          "call stack exhausted", "STACK_EXHAUSTED");

  /** What the specification and we say of a module that can't be instantiated. */
  private static final Set<String> NO_INSTANCE = Set.of("memory", "table", "unreachable");

  /** What can be called by a module's name. */
  private static final class Subject {
    final @Nullable Instance instance;

    /** Why nothing is asked of it; null if there is no reason. */
    @Nullable String whyNot;

    Subject(@Nullable Instance instance, @Nullable String whyNot) {
      this.instance = instance;
      this.whyNot = whyNot;
    }
  }

  private final SpecSuite suite;
  private final SpecHost host;
  private final SpecReport report;
  private final Map<String, Subject> named = new HashMap<>();
  private final List<Subject> registered = new ArrayList<>();
  private final List<Instance> opened = new ArrayList<>();
  private final List<CompletableFuture<?>> calls = new ArrayList<>();
  private Subject last = new Subject(null, "no module");

  private SpecScript(SpecSuite suite, SpecHost host, SpecReport report) {
    this.suite = suite;
    this.host = host;
    this.report = report;
  }

  /** Runs the script of this name. */
  static void run(String name, SpecSuite suite, SpecHost host, SpecReport report) {
    var script = new SpecScript(suite, host, report);
    suite.commands(name).forEach(script::run);
    script.calls.forEach(CompletableFuture::join);
    script.opened.forEach(Instance::close);
  }

  private void run(SpecCommand command) {
    switch (command.type()) {
      case "module" -> open(command);
      case "register" -> {
        registered.add(subject(command.name()));
        report.leftOut("linking");
      }
      case "action", "assert_return", "assert_trap", "assert_exhaustion" -> call(command);
      case "assert_invalid", "assert_malformed", "assert_unlinkable", "assert_uninstantiable" ->
          refuse(command);
      default -> report.failed(command, "is unknown");
    }
  }

  private Subject subject(@Nullable String name) {
    return name == null ? last : named.getOrDefault(name, new Subject(null, "no module"));
  }

  private void open(SpecCommand command) {
    if (isNowhere(command)) {
      last = new Subject(null, NOWHERE);
      return;
    }
    String refusal = refusal(command);
    String whyNot = refusal == null ? null : onPurpose(refusal);
    if (refusal == null) {
      report.held(command.type());
    } else if (whyNot == null) {
      report.failed(command, refusal);
    } else {
      report.leftOut(command.type() + " " + whyNot);
    }
    last =
        new Subject(
            refusal == null ? opened.getLast() : null,
            refusal == null ? null : "of a module: " + whyNot);
    if (command.name() != null) {
      named.put(command.name(), last);
    }
  }

  /** Why a module was refused; null if it was let in, and is the last one that was opened. */
  private @Nullable String refusal(SpecCommand command) {
    try {
      opened.add(host.open(command.at()).join());
      return null;
    } catch (CompletionException e) {
      if (e.getCause() instanceof Refused refused) {
        return String.valueOf(refused.getMessage());
      }
      throw e;
    }
  }

  /** Why we let no such module in; null if it isn't on purpose. */
  private @Nullable String onPurpose(String refusal) {
    Matcher proposal = PROPOSAL.matcher(refusal);
    if (proposal.find()) {
      return "proposal " + proposal.group(1);
    }
    if (IMPORT.matcher(refusal).find()) {
      // With what it would have been linked to, it would have changed that.
      registered.forEach(subject -> subject.whyNot = "linking");
      return "imports";
    }
    return null;
  }

  private boolean isNowhere(SpecCommand command) {
    boolean isNowhere = !suite.modules().containsKey(command.at());
    if (isNowhere) {
      report.leftOut(command.isText() ? "text" : NOWHERE);
    }
    return isNowhere;
  }

  private void refuse(SpecCommand command) {
    if (isNowhere(command)) {
      return;
    }
    String refusal = refusal(command);
    String whyNot = refusal == null ? null : onPurpose(refusal);
    if (refusal == null && ALLOWED_LATER.contains(command.at())) {
      report.leftOut("allowed later");
    } else if (refusal == null) {
      report.failed(command, "was let in: " + command.text());
    } else if ("imports".equals(whyNot) && command.type().equals("assert_unlinkable")) {
      report.held(command.type());
    } else if (whyNot != null) {
      report.leftOut(command.type() + " " + whyNot);
    } else if (isRefusedFor(command, refusal)) {
      report.held(command.type());
    } else {
      report.failed(command, command.text() + ": " + refusal);
    }
  }

  /** By us, before an engine sees it; unless it is to be found out when it is instantiated. */
  private static boolean isRefusedFor(SpecCommand command, String refusal) {
    return switch (command.type()) {
      case "assert_invalid", "assert_malformed" -> !refusal.contains("can't be");
      case "assert_uninstantiable" -> // "can't be instantiated" or "can't be initialised"
          refusal.contains("can't be in")
              && NO_INSTANCE.stream()
                  .anyMatch(w -> command.text().contains(w) && refusal.contains(w));
      default -> false;
    };
  }

  private void call(SpecCommand command) {
    Action action = requireNonNull(command.action());
    Subject subject = subject(action.module());
    if (subject.whyNot != null || subject.instance == null) {
      report.leftOut(String.valueOf(subject.whyNot));
    } else if (!action.isInvoke()) {
      report.leftOut("get of a global");
    } else if (command.hasReferences()) {
      report.leftOut("references");
      if (command.type().equals("action")) { // It would have left its trace.
        subject.whyNot = "references";
      }
    } else {
      calls.add(
          subject
              .instance
              .call(action.field(), action.arguments())
              .thenAccept(outcome -> judge(command, outcome)));
    }
  }

  private void judge(SpecCommand command, Outcome outcome) {
    boolean holds =
        switch (outcome) {
          case Outcome.Returned(List<Long> results) ->
              !command.isOfTrap() && command.expects(results);
          case Outcome.Trapped(String kind) -> command.isOfTrap() && kind.equals(trap(command));
          case Outcome.Failed f -> false;
        };
    if (holds) {
      report.held(command.type());
    } else {
      report.failed(
          command,
          command.action()
              + " expected "
              + (command.isOfTrap() ? command.text() : command.expected())
              + ", got "
              + outcome);
    }
  }

  private static @Nullable String trap(SpecCommand command) {
    return TRAPS.entrySet().stream()
        .filter(trap -> command.text().startsWith(trap.getKey()))
        .map(Map.Entry::getValue)
        .findAny()
        .orElse(null);
  }
}
