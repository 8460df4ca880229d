package dev.mooring.cli.module;

import dev.mooring.cli.text.CommandFailure;
import dev.mooring.cli.text.Input;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.ModuleRefused;
import dev.mooring.guest.ScriptFiles;
import dev.mooring.guest.intake.Intake;
import dev.mooring.guest.intake.IntakeLimits;
import dev.mooring.guest.intake.ModuleRejection;
import dev.mooring.guest.intake.ModuleSummary;
import dev.mooring.guest.intake.ModuleSummary.ExportedFunction;
import dev.mooring.guest.intake.ValueType;
import dev.mooring.module.ModuleBytes;
import dev.mooring.module.ModuleNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;

/**
 * A {@code .wasm} file, a script or a folder of scripts, and what a server would say to it.
 *
 * @param name what clients call the module: the file's name without its suffix
 * @param bytes what the module is made of
 */
@SuppressWarnings("ArrayRecordComponent") // Nobody writes to them, or compares them.
record ModuleFile(Path path, String name, byte[] bytes, Verdict verdict) {
  /**
   * What lies in a folder.
   *
   * @param modules by name
   * @param others files' names, and why each is no module
   */
  record Folder(List<ModuleFile> modules, SortedMap<String, String> others) {}

  /** Whether the module would be let in. */
  sealed interface Verdict {
    /** It would, and this is what it is. */
    record LetIn(ModuleSummary summary) implements Verdict {}

    /** It is a script, of which only a trial tells. */
    record Script() implements Verdict {}

    /** It would not, for this reason. */
    record Refused(ModuleRejection rejection) implements Verdict {}
  }

  /**
   * Reads and examines a file.
   *
   * @throws CommandFailure if it can't be read
   */
  static ModuleFile read(Path path, IntakeLimits limits) {
    try {
      return of(path, ModuleBytes.read(path, Long.MAX_VALUE), limits);
    } catch (IOException e) {
      throw Input.unreadable(path, e);
    } catch (ModuleRefused e) {
      throw CommandFailure.usage(path + " " + e.getMessage());
    }
  }

  private static ModuleFile of(Path path, byte[] bytes, IntakeLimits limits) {
    Verdict verdict = ScriptFiles.isScript(bytes) ? new Verdict.Script() : examine(bytes, limits);
    return new ModuleFile(path, ModuleNames.nameOf(path), bytes, verdict);
  }

  /** {@code sha256:HEX}. */
  String digest() {
    return GuestModule.digest(bytes);
  }

  /**
   * What a server would find in a folder.
   *
   * @throws CommandFailure if the folder can't be read
   */
  static Folder readAll(Path folder, IntakeLimits limits) {
    if (!Files.isDirectory(folder)) {
      throw CommandFailure.usage("there is no folder " + folder);
    }
    var names = new ModuleNames(folder);
    ModuleNames.Content content;
    try {
      content = names.list();
    } catch (IOException e) {
      throw Input.unreadable(folder, e);
    }
    var modules = new ArrayList<ModuleFile>();
    SortedMap<String, String> others = content.others();
    for (String name : content.names()) {
      SortedMap<String, String> wrong = names.whyNoFile(name);
      others.putAll(wrong);
      if (wrong.isEmpty()) {
        try {
          Path place = names.place(name);
          modules.add(of(place, ModuleBytes.read(place, Long.MAX_VALUE), limits));
        } catch (IOException e) {
          others.put(name, ModuleNames.unseen(e));
        } catch (ModuleRefused e) {
          others.put(name, String.valueOf(e.getMessage()));
        }
      }
    }
    return new Folder(List.copyOf(modules), others);
  }

  /** The functions that clients may call. */
  static List<ExportedFunction> callable(ModuleSummary summary) {
    return summary.exportedFunctions().stream().filter(ModuleFile::isCallable).toList();
  }

  private static boolean isCallable(ExportedFunction function) {
    String name = function.name();
    return !name.equals("_initialize")
        && !name.startsWith("mooring_")
        && function.signature().params().stream().noneMatch(ValueType::isReference)
        && function.signature().results().stream().noneMatch(ValueType::isReference);
  }

  private static Verdict examine(byte[] bytes, IntakeLimits limits) {
    try {
      return new Verdict.LetIn(Intake.examine(bytes, limits));
    } catch (ModuleRejection rejection) {
      return new Verdict.Refused(rejection);
    }
  }
}
