package dev.mooring.cli;

import dev.mooring.cli.terminal.Console;
import dev.mooring.cli.text.Bytes;
import dev.mooring.cli.text.CommandFailure;
import dev.mooring.cli.text.ExitCode;
import dev.mooring.server.StoreFiles;
import dev.mooring.session.StoredSummary;
import dev.mooring.store.postgres.NodeName;
import dev.mooring.store.postgres.PostgresAdmin;
import dev.mooring.store.postgres.PostgresConfig;
import dev.mooring.store.postgres.PostgresUrl;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mooring store}: a look into a store, and a hand in it. */
@Command(
    name = "store",
    header = "Look into a store of sessions: a folder, or a database that servers share.",
    description = {
      "A folder is its server's alone while that runs: end it first. A database's servers may run: a",
      "session is taken from them before it is deleted.",
      "",
      "  init              makes the tables in a database, or what is missing of them",
      "  check             says what a database promises, and what that means for sessions",
      "  list              a line for each session: its id, name, module, tenant, until when it lives",
      "  show SESSION      all that may be said of one, by its id or its name",
      "  delete SESSION    ends one for good, by its id; its guest doesn't hear of it",
      "  export SESSION F  writes one to the file F, without its tokens; whoever has F has the state",
      "  import F          adds one that was exported; it is found by its name",
      "  backup DIR        copies all of a folder to a new one, which is a store then",
      "",
      "A database's password is read from --password-file, or from MOORING_STORE_PASSWORD.",
      "",
      "Examples:",
      "  mooring store /var/lib/mooring list",
      "  mooring store sessions export visits visits.session",
      "  mooring store postgresql://mooring@db.example/mooring init"
    })
final class StoreCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(
      index = "0",
      paramLabel = "DIR|URL",
      description = "The folder or the database, as in serve --store.")
  private String place = "";

  @Parameters(
      index = "1",
      paramLabel = "WHAT",
      description = "init, check, list, show, delete, export, import or backup.")
  private String what = "";

  @Parameters(
      index = "2",
      arity = "0..1",
      paramLabel = "SESSION|F|DIR",
      description = "Of what, or to where.")
  private @Nullable String of;

  @Parameters(index = "3", arity = "0..1", paramLabel = "F", description = "The file of an export.")
  private @Nullable Path to;

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      description = "Holds the database's password.")
  private @Nullable Path passwordFile;

  StoreCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    checkArguments();
    PostgresConfig database = database();
    try {
      if (what.equals("init") || what.equals("check")) {
        return ofDatabase(database);
      }
      try (var store =
          database == null ? new StoreFiles(Path.of(place)) : new StoreFiles(database)) {
        return act(store);
      }
    } catch (IOException e) {
      throw CommandFailure.failed(String.valueOf(e.getMessage()), e);
    }
  }

  /** Null if it is a folder. */
  private @Nullable PostgresConfig database() {
    if (!PostgresUrl.isOne(place)) {
      return null;
    }
    try {
      String password = System.getenv("MOORING_STORE_PASSWORD");
      return PostgresConfig.of(
              PostgresUrl.parse(place), password, "store command on " + NodeName.ofThisMachine())
          .withPasswordFile(passwordFile);
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage(String.valueOf(e.getMessage()));
    }
  }

  private int ofDatabase(@Nullable PostgresConfig database) throws IOException {
    if (database == null) {
      throw CommandFailure.usage(
          "store %s is for a database; expected postgresql://USER@HOST/DATABASE, got '%s'"
              .formatted(what, place));
    }
    if (what.equals("init")) {
      PostgresAdmin.init(database);
      console.out().println("the tables are there");
    } else {
      PostgresAdmin.check(database).forEach(line -> console.out().println(Bytes.toLine(line)));
    }
    return ExitCode.OK;
  }

  private void checkArguments() {
    int wanted =
        switch (what) {
          case "init", "check", "list" -> 0;
          case "show", "delete", "import", "backup" -> 1;
          case "export" -> 2;
          default ->
              throw CommandFailure.usage(
                  "expected init, check, list, show, delete, export, import or backup, got '"
                      + what
                      + "'");
        };
    int given = (of == null ? 0 : 1) + (to == null ? 0 : 1);
    if (given != wanted) {
      throw CommandFailure.usage(
          "store %s takes %d more, got %d; see `mooring store --help`"
              .formatted(what, wanted, given));
    }
  }

  private int act(StoreFiles store) throws IOException {
    String argument = String.valueOf(of);
    switch (what) {
      case "list" -> {
        return list(store);
      }
      case "show" -> show(store, argument);
      case "delete" -> {
        store.delete(argument);
        console.out().println("deleted " + argument);
      }
      case "export" -> store.export(store.find(argument).id(), Path.of(String.valueOf(to)));
      case "import" ->
          console.out().println("imported " + line(store.importFrom(Path.of(argument))));
      default -> store.backup(Path.of(argument));
    }
    return ExitCode.OK;
  }

  private int list(StoreFiles store) throws IOException {
    StoreFiles.Content content = store.list();
    content.sessions().forEach(session -> console.out().println(line(session)));
    content
        .damaged()
        .forEach(
            one -> console.err().println(Bytes.toLine(one.id()) + " can't be read: " + one.why()));
    return content.damaged().isEmpty() ? ExitCode.OK : ExitCode.FAILED;
  }

  private static String line(StoredSummary session) {
    return Bytes.toLine(
        "%s  %-16s  %s%s  %s  %s"
            .formatted(
                session.id(),
                session.name().isEmpty() ? "-" : session.name(),
                session.module(),
                session.tenant() == null ? "" : "  of " + session.tenant(),
                session.durability().name().toLowerCase(Locale.ROOT),
                until(session)));
  }

  private static String until(StoredSummary session) {
    return session.expiresMillis() == 0
        ? "on a connection"
        : "until " + time(Math.min(session.expiresMillis(), session.endMillis()));
  }

  private static String time(long millis) {
    return millis == Long.MAX_VALUE
        ? "for ever"
        : Instant.ofEpochMilli(millis).truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private void show(StoreFiles store, String argument) throws IOException {
    StoredSummary session = store.find(argument);
    console.out().println(line(session));
    console.out().println("module bytes   " + session.moduleDigest());
    store.details(session.id()).forEach(line -> console.out().println(Bytes.toLine(line)));
  }
}
