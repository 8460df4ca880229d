package dev.mooring.cli.module;

import dev.mooring.cli.terminal.Console;
import dev.mooring.cli.text.CommandFailure;
import dev.mooring.cli.text.ExitCode;
import dev.mooring.error.ErrorText;
import dev.mooring.module.ModuleNames;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mooring js new}: a script to begin with. */
@Command(
    name = "new",
    header = "Write a commented script to begin with, and its types for editors.",
    description = {
      "Writes NAME.js, and mooring.d.ts if it isn't there. Nothing that is there is overwritten.",
      "",
      "Examples:",
      "  mooring js new hello",
      "  mooring js new hello --modules /srv/mooring/modules"
    })
public final class JsNewCommand implements Callable<Integer> {
  private static final String STARTER = "hello.js";
  private static final String TYPES = "mooring.d.ts";

  private final Console console;

  @Parameters(paramLabel = "NAME", description = "What clients will call the module.")
  private String name = "";

  @Option(
      names = "--modules",
      paramLabel = "DIR",
      description = "The folder; by default this one. It is made if it is missing.")
  private Path folder = Path.of("");

  JsNewCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    String wrong = ModuleNames.whyNoName(name);
    if (wrong != null) {
      throw CommandFailure.usage("no module can be called " + name + ": " + wrong);
    }
    Path script = folder.resolve(name + ".js");
    Path types = folder.resolve(TYPES);
    try {
      if (!folder.toString().isEmpty()) {
        Files.createDirectories(folder);
      }
      write(STARTER, script);
      if (!Files.exists(types)) {
        write(TYPES, types);
      }
    } catch (FileAlreadyExistsException e) {
      throw CommandFailure.failed(script + " is there already; nothing was written");
    } catch (IOException e) {
      throw CommandFailure.failed("can't write " + script + ": " + ErrorText.of(e), e);
    }
    console.out().println("wrote " + script + "; serve it: mooring serve --modules " + shown());
    return ExitCode.OK;
  }

  private String shown() {
    return folder.toString().isEmpty() ? "." : folder.toString();
  }

  private static void write(String resource, Path target) throws IOException {
    try (@Nullable InputStream in = JsNewCommand.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IOException("this build has no " + resource);
      }
      Files.copy(in, target);
    }
  }
}
