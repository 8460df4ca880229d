package dev.mooring.cli.admin;

import dev.mooring.cli.terminal.Console;
import dev.mooring.cli.text.Bytes;
import dev.mooring.cli.text.CommandFailure;
import dev.mooring.cli.text.ExitCode;
import dev.mooring.cli.text.Json;
import dev.mooring.cli.text.JsonLayout;
import dev.mooring.error.ErrorText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code mooring admin}: a server's admin side, from a terminal and from scripts. */
@Command(
    name = "admin",
    header = "Look at a running server, and steer it.",
    description = {
      "Asks the admin side of a server, which `mooring serve --admin HOST:PORT` opens; the same"
          + " address in a browser is a page. Prints tables, or with --json what the server said.",
      "",
      "Examples:",
      "  mooring admin 127.0.0.1:7071 sessions --module kv --sort slowest",
      "  mooring admin 127.0.0.1:7071 session 3f6c0e8a91b2d475",
      "  mooring admin 127.0.0.1:7071 follow 3f6c0e8a91b2d475",
      "  mooring admin 127.0.0.1:7071 end 3f6c0e8a91b2d475 --reason 'too loud'",
      "  mooring admin 127.0.0.1:7071 server --json",
      "  mooring admin 127.0.0.1:7071 --token-file olga.token drain"
    },
    synopsisSubcommandLabel = "COMMAND")
public final class AdminCommand implements Runnable {
  private final Console console;

  @Spec private @Nullable CommandSpec spec;

  @Mixin private AdminOptions options = new AdminOptions();

  @Option(
      names = "--json",
      scope = ScopeType.INHERIT,
      description = "Print what the server said, for programs.")
  private boolean json;

  private AdminCommand(Console console) {
    this.console = console;
  }

  /** The command with those that belong to it. */
  public static CommandLine commandLine(Console console) {
    return new CommandLine(new AdminCommand(console))
        .addSubcommand(new Server())
        .addSubcommand(new Sessions())
        .addSubcommand(new SessionDetail())
        .addSubcommand(new Follow())
        .addSubcommand(new End())
        .addSubcommand(new Sleep())
        .addSubcommand(new Capsule())
        .addSubcommand(new Modules())
        .addSubcommand(new Profile())
        .addSubcommand(new Loops())
        .addSubcommand(new Tenants())
        .addSubcommand(new Config())
        .addSubcommand(new Logger())
        .addSubcommand(new Backup())
        .addSubcommand(new Reload())
        .addSubcommand(new Drain());
  }

  /** Without a command there is nothing to do. */
  @Override
  public void run() {
    if (spec != null) {
      throw new ParameterException(spec.commandLine(), "expected a command");
    }
  }

  private void print(List<String> lines) {
    lines.forEach(console.out()::println);
  }

  private void printTable(Table table) {
    List<String> lines = table.lines();
    console.out().println(console.outInk(Console.Ink.BOLD, lines.getFirst()));
    print(lines.subList(1, lines.size()));
  }

  private void printJson(String said) {
    String laidOut = JsonLayout.of(said);
    console.out().println(laidOut == null ? said : laidOut);
  }

  /** What each of them has. */
  private abstract static class Part implements Callable<Integer> {
    @ParentCommand private @Nullable AdminCommand parent;

    final AdminCommand parent() {
      if (parent == null) {
        throw new IllegalStateException("it runs below another command");
      }
      return parent;
    }

    @Override
    public Integer call() {
      try (AdminClient client = parent().options.newClient()) {
        run(client);
        return ExitCode.OK;
      }
    }

    abstract void run(AdminClient client);

    /** Asks, and prints what was said, or what it comes to. */
    final void show(AdminClient client, String path, Consumer<Map<String, Object>> asText) {
      print(client, client.get(path), asText);
    }

    /** Prints what was said, or what it comes to. */
    final void print(AdminClient client, String said, Consumer<Map<String, Object>> asText) {
      if (parent().json) {
        parent().printJson(said);
      } else {
        asText.accept(client.parse(said));
      }
    }

    /** Does something, and says what came of it. */
    final void act(AdminClient client, String path, String body, String done) {
      String said = client.post(path, body);
      if (parent().json) {
        parent().printJson(said);
      } else {
        parent().print(List.of(done));
      }
    }
  }

  @Command(name = "server", header = "Show how the server does, in figures since its start.")
  private static final class Server extends Part {
    @Override
    void run(AdminClient client) {
      show(client, "server", said -> parent().print(Facts.server(said)));
    }
  }

  @Command(
      name = "sessions",
      header = "List sessions, those too that are asleep in the store.",
      description = {
        "Examples:",
        "  mooring admin 127.0.0.1:7071 sessions --sort size --limit 10",
        "  mooring admin 127.0.0.1:7071 sessions --module kv --state detached --json"
      })
  private static final class Sessions extends Part {
    @Option(
        names = "--module",
        paramLabel = "M",
        description = "Of this module, by name or digest.")
    private @Nullable String module;

    @Option(names = "--tenant", paramLabel = "NAME", description = "Of this tenant.")
    private @Nullable String tenant;

    @Option(names = "--loop", paramLabel = "N", description = "On this event loop.")
    private @Nullable Integer loop;

    @Option(
        names = "--state",
        paramLabel = "STATE",
        description = "In this state: attached, detached, asleep or ending.")
    private @Nullable String state;

    @Option(names = "--name", paramLabel = "NAME", description = "Kept under this name.")
    private @Nullable String name;

    @Option(
        names = "--sort",
        paramLabel = "HOW",
        description =
            "Which come first: newest (the default), oldest, calls, failures, time, slowest, queue,"
                + " size.")
    private @Nullable String sort;

    @Option(
        names = "--limit",
        paramLabel = "N",
        defaultValue = "50",
        description = "At most so many, up to 1000; ${DEFAULT-VALUE} by default.")
    private int limit;

    @Option(
        names = "--offset",
        paramLabel = "N",
        defaultValue = "0",
        description = "Leave out so many of the first.")
    private int offset;

    @Override
    void run(AdminClient client) {
      var query = new ArrayList<String>();
      add(query, "module", module);
      add(query, "tenant", tenant);
      add(query, "loop", loop);
      add(query, "state", state);
      add(query, "name", name);
      add(query, "sort", sort);
      add(query, "limit", limit);
      add(query, "offset", offset);
      String path = "sessions?" + String.join("&", query);
      show(
          client,
          path,
          said -> {
            note(said);
            parent().printTable(Tables.sessions(said));
          });
    }

    private static void add(List<String> query, String name, @Nullable Object value) {
      if (value != null) {
        query.add(name + "=" + AdminClient.quoted(value.toString()));
      }
    }

    /** What the table doesn't show is said beside it. */
    private void note(Map<String, Object> said) {
      int shown = Looks.list(said, "sessions").size();
      long matching = Looks.whole(said, "matching");
      if (shown < matching) {
        parent()
            .console
            .err()
            .println(
                "mooring: %d of %s; --offset shows more".formatted(shown, Figures.count(matching)));
      }
      if (!Looks.is(said, "whole")) {
        parent()
            .console
            .err()
            .println("mooring: there may be more: not every event loop answered in time");
      }
    }
  }

  /** Those that are about one session. */
  private abstract static class OfOne extends Part {
    @Parameters(index = "0", paramLabel = "ID", description = "Its id, as lists and logs have it.")
    private String id = "";

    final String id() {
      return id;
    }

    final String path(String act) {
      if (id.isBlank()) {
        throw CommandFailure.usage("expected the id of a session");
      }
      return "sessions/" + AdminClient.quoted(id) + act;
    }
  }

  @Command(
      name = "session",
      header = "Show one session: what it is, what it did, its limits.",
      description = {"Example:", "  mooring admin 127.0.0.1:7071 session 3f6c0e8a91b2d475"})
  private static final class SessionDetail extends OfOne {
    @Override
    void run(AdminClient client) {
      show(client, path(""), said -> parent().print(Facts.session(said)));
    }
  }

  @Command(
      name = "follow",
      header = "Show a session's calls as they are made, until it ends or Ctrl-C.",
      description = {
        "A line for each call, or with --json an object of JSON in each line. What comes faster than"
            + " it can be shown is counted, and left out.",
        "",
        "Example:",
        "  mooring admin 127.0.0.1:7071 follow 3f6c0e8a91b2d475"
      })
  private static final class Follow extends OfOne {
    private static final String EVENT = "event: ";
    private static final String DATA = "data: ";
    private String event = "";

    @Override
    void run(AdminClient client) {
      try (var lines = client.follow(path("/follow"))) {
        lines.forEach(line -> take(client, line));
      } catch (UncheckedIOException e) {
        throw CommandFailure.failed("the server has hung up", e);
      }
    }

    private void take(AdminClient client, String line) {
      if (line.startsWith(EVENT)) {
        event = line.substring(EVENT.length());
      } else if (line.startsWith(DATA)) {
        tell(client, line.substring(DATA.length()));
      }
    }

    private void tell(AdminClient client, String data) {
      Console console = parent().console;
      switch (event) {
        case "call" ->
            console.out().println(parent().json ? data : Facts.call(console, client.parse(data)));
        case "dropped" ->
            console
                .err()
                .println(
                    "mooring: %s calls more, too fast to be shown"
                        .formatted(Figures.count(Looks.whole(client.parse(data), "calls"))));
        case "left" -> console.err().println("mooring: the session is over, or went elsewhere");
        default -> {
          // Of a later version.
        }
      }
    }
  }

  @Command(
      name = "end",
      header = "End a session: serve what it was asked, tell its client why, drop its state.",
      description = {
        "Example:",
        "  mooring admin 127.0.0.1:7071 end 3f6c0e8a91b2d475 --reason 'too loud'"
      })
  private static final class End extends OfOne {
    @Option(
        names = "--reason",
        paramLabel = "TEXT",
        description = "What its client is told; that an operator has ended it, by default.")
    private @Nullable String reason;

    @Override
    void run(AdminClient client) {
      String body = reason == null ? "" : Json.print(Map.of("reason", reason));
      act(client, path("/end"), body, "session " + Bytes.toLine(id()) + " ends");
    }
  }

  @Command(
      name = "sleep",
      header = "Have a kept session give its memory back, as soon as it is idle.",
      description = {"Example:", "  mooring admin 127.0.0.1:7071 sleep 3f6c0e8a91b2d475"})
  private static final class Sleep extends OfOne {
    @Override
    void run(AdminClient client) {
      act(
          client,
          path("/sleep"),
          "",
          "session " + Bytes.toLine(id()) + " sleeps as soon as it is idle");
    }
  }

  @Command(
      name = "capsule",
      header = "Have a session's next call that fails written to a file, for `mooring replay`.",
      description = {
        "The file is in the server's folder of capsules, [capsules] in its configuration; its log says"
            + " which it is.",
        "",
        "Example:",
        "  mooring admin 127.0.0.1:7071 capsule 3f6c0e8a91b2d475"
      })
  private static final class Capsule extends OfOne {
    @Override
    void run(AdminClient client) {
      act(
          client,
          path("/capsule"),
          "",
          "the next call of session " + Bytes.toLine(id()) + " that fails makes a capsule");
    }
  }

  @Command(name = "modules", header = "List the modules that are served, or why they aren't.")
  private static final class Modules extends Part {
    @Override
    void run(AdminClient client) {
      show(client, "modules", said -> parent().printTable(Tables.modules(said)));
    }
  }

  @Command(
      name = "profile",
      header = "Look for a while at which functions of a module are run.",
      description = {
        "SELF is how often a function was found running, TOTAL how often it or what it called, of"
            + " all looks that found the module. Functions are called by the module's name"
            + " section; of a script they are its engine's.",
        "",
        "Example:",
        "  mooring admin 127.0.0.1:7071 profile wordcount --svg wordcount.svg"
      })
  private static final class Profile extends Part {
    private static final int MOST_SHOWN = 20;

    @Parameters(paramLabel = "MODULE", description = "Its name.")
    private String module = "";

    @Option(
        names = "--seconds",
        paramLabel = "N",
        defaultValue = "10",
        description = "How long; at most 60. ${DEFAULT-VALUE} by default.")
    private int seconds;

    @Option(
        names = "--svg",
        paramLabel = "FILE",
        description = "Write it as a flame graph, too, for a browser.")
    private @Nullable Path svg;

    @Override
    void run(AdminClient client) {
      String path = "modules/" + URLEncoder.encode(module, StandardCharsets.UTF_8) + "/profile";
      String said = client.post(path, Json.print(Map.of("seconds", seconds)), seconds);
      if (svg != null) {
        String picture = Looks.text(client.parse(said), "flame_graph");
        try {
          Files.writeString(svg, picture);
        } catch (IOException e) {
          throw CommandFailure.failed(svg + " can't be written: " + ErrorText.of(e), e);
        }
      }
      print(client, said, this::tell);
    }

    private void tell(Map<String, Object> said) {
      long found = Looks.whole(said, "found");
      if (found == 0) {
        parent().print(List.of("it wasn't found running"));
        return;
      }
      parent().printTable(Tables.profile(said, found, MOST_SHOWN));
    }
  }

  @Command(name = "loops", header = "List the event loops: sessions, calls, what they hold.")
  private static final class Loops extends Part {
    @Override
    void run(AdminClient client) {
      show(client, "loops", said -> parent().printTable(Tables.loops(said)));
    }
  }

  @Command(name = "tenants", header = "List the tenants: sessions, memory, time, refusals.")
  private static final class Tenants extends Part {
    @Override
    void run(AdminClient client) {
      show(client, "tenants", said -> parent().printTable(Tables.tenants(said)));
    }
  }

  @Command(
      name = "config",
      header = "List the configuration in force, and where each value came from.")
  private static final class Config extends Part {
    @Override
    void run(AdminClient client) {
      show(client, "config", said -> parent().printTable(Tables.config(said)));
    }
  }

  @Command(
      name = "logger",
      header = "Have one logger say more, or less, for a while.",
      description = {
        "Example:",
        "  mooring admin 127.0.0.1:7071 logger dev.mooring.session debug --seconds 60"
      })
  private static final class Logger extends Part {
    @Parameters(paramLabel = "NAME", description = "Which: a package or class, or root.")
    private String name = "";

    @Parameters(paramLabel = "LEVEL", description = "trace, debug, info, warn or error.")
    private String level = "";

    @Option(
        names = "--seconds",
        paramLabel = "N",
        defaultValue = "60",
        description = "How long; at most an hour. ${DEFAULT-VALUE} by default.")
    private int seconds;

    @Override
    void run(AdminClient client) {
      String body = Json.print(Map.of("name", name, "level", level, "seconds", seconds));
      act(
          client,
          "loggers",
          body,
          "%s is at %s for %d s".formatted(Bytes.toLine(name), Bytes.toLine(level), seconds));
    }
  }

  @Command(
      name = "backup",
      header = "Make a copy of the store of kept sessions, while it is in use.",
      description =
          "It goes into a folder of its own under `backups` of [store], and can be served from, or"
              + " looked at with `mooring store`.")
  private static final class Backup extends Part {
    @Override
    void run(AdminClient client) {
      print(
          client,
          client.post("backup", ""),
          said -> parent().print(List.of(Bytes.toLine(Looks.text(said, "folder")))));
    }
  }

  @Command(
      name = "reload",
      header = "Read configuration, certificates, tokens and modules again, as SIGHUP does.")
  private static final class Reload extends Part {
    @Override
    void run(AdminClient client) {
      print(client, client.post("reload", ""), this::tell);
    }

    private void tell(Map<String, Object> said) {
      parent().print(List.of("configuration, certificates, tokens and modules were read again"));
      if (Looks.at(said, "need_restart") instanceof List<?> keys) {
        keys.forEach(key -> parent().print(List.of(Bytes.toLine(key + " takes a restart"))));
      }
    }
  }

  @Command(
      name = "drain",
      header = "End the server in good order: accept no more, serve what was asked, say goodbye.")
  private static final class Drain extends Part {
    @Override
    void run(AdminClient client) {
      act(client, "drain", "", "the server drains, and ends");
    }
  }
}
