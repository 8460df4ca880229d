package dev.mooring.module;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.mooring.file.LookAlikes;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.guest.ModuleRefused;
import dev.mooring.guest.ModuleRefused.Lack;
import dev.mooring.guest.intake.IntakeLimits;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.SessionLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

final class ModuleShelfTest {
  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final int INITIALIZE_MILLIS = 1_000;
  private static final int OTHER_MILLIS = 2_000;

  private final Path file;
  private final TestCompiler compiler = new TestCompiler();
  private final ModuleShelf shelf;
  private long nowNanos = Long.MAX_VALUE - 5; // It wraps, as the real one may.
  private int writes;

  ModuleShelfTest(@TempDir Path directory) {
    file = directory.resolve("guest.wasm");
    shelf =
        new ModuleShelf(
            new ModuleNames(directory), policies(INITIALIZE_MILLIS), compiler, () -> nowNanos);
  }

  @AfterEach
  void close() {
    compiler.close();
  }

  private static ModulePolicies policies(int initializeMillis) {
    var options = new ModuleOptions(IntakeLimits.DEFAULTS, initializeMillis);
    return new ModulePolicies(new ModulePolicy(options, SessionLimits.DEFAULTS), Map.of());
  }

  /** Writes the file, at another time than ever before. */
  private void write(byte[] bytes) throws IOException {
    Files.write(file, bytes);
    Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000 + 1_000L * writes++));
  }

  private ModuleEntry refresh() throws IOException {
    return requireNonNull(shelf.refresh("guest"));
  }

  private GuestModule module() throws IOException {
    return requireNonNull(refresh().module());
  }

  private static @Nullable ErrorCode code(@Nullable ModuleEntry entry) {
    return entry == null || entry.refusal() == null ? null : entry.refusal().code();
  }

  private void pass(int millis) {
    nowNanos += millis * NANOS_PER_MILLI;
  }

  @Test
  void refresh_sameBytesWrittenAnew_keepsTheModule() throws IOException {
    write(TestCompiler.module('a'));
    GuestModule module = module();
    write(TestCompiler.module('a'));
    assertSame(module, module());
    assertEquals(1, compiler.compiled.size());
    write(TestCompiler.module('b'));
    assertNotSame(module, module());
  }

  @Test
  void refresh_copiedOverWithItsTime_compilesIt() throws Exception {
    LookAlikes.write(file, TestCompiler.module('a'));
    module();
    LookAlikes.copyOver(file, TestCompiler.module('b'));
    assertEquals(GuestModule.digest(TestCompiler.module('b')), module().digest());
    LookAlikes.writeOver(file, TestCompiler.module('c'));
    assertEquals(GuestModule.digest(TestCompiler.module('c')), module().digest());
  }

  @Test
  void refresh_refusedBytesWrittenAnew_areNotTriedAgain() throws IOException {
    compiler.failNext(new ModuleRefused("isn't right"));
    write(TestCompiler.module('a'));
    assertEquals(ErrorCode.MODULE_REFUSED, code(refresh()));
    write(TestCompiler.module('a'));
    pass(ModuleEntry.Pause.LONGEST_MILLIS);
    assertEquals(ErrorCode.MODULE_REFUSED, code(refresh()));
    assertEquals(ErrorCode.MODULE_REFUSED, code(shelf.current("guest")));
    assertEquals(1, compiler.compiled.size());
  }

  @Test
  void refresh_brokenFileAndThenTheOldOne_keepsTheModule() throws IOException {
    write(TestCompiler.module('a'));
    GuestModule module = module();
    compiler.failNext(new ModuleRefused("isn't right"));
    write(TestCompiler.module('b'));
    assertSame(module, module(), "the name stays with it");
    write(TestCompiler.module('a'));
    assertSame(module, module());
    assertEquals(2, compiler.compiled.size());
  }

  @Test
  void refresh_noMemory_isOverloadAndTriedAgainAfterAPause() throws IOException {
    compiler.failNext(new ModuleRefused("can't be compiled", Lack.MEMORY));
    write(TestCompiler.module('a'));
    assertEquals(ErrorCode.SERVER_OVERLOADED, code(refresh()));
    assertEquals(ErrorCode.SERVER_OVERLOADED, code(shelf.current("guest")), "without an attempt");
    assertEquals(ErrorCode.SERVER_OVERLOADED, code(refresh()));
    assertEquals(1, compiler.compiled.size(), "however many ask");
    pass(ModuleEntry.Pause.FIRST_MILLIS);
    assertNull(shelf.current("guest"));
    assertNotNull(module());
    assertEquals(List.of(), shelf.due());
  }

  @Test
  void refresh_noTime_isRefusedAndTriedAgainAfterAPause() throws IOException {
    compiler.failNext(new ModuleRefused("ran for more than 5000 ms", Lack.TIME));
    write(TestCompiler.module('a'));
    assertEquals(ErrorCode.MODULE_REFUSED, code(refresh()));
    pass(ModuleEntry.Pause.FIRST_MILLIS);
    assertNotNull(module());
  }

  @Test
  void refresh_noMemoryAgainAndAgain_pausesGrowToTheLongest() throws IOException {
    write(TestCompiler.module('a'));
    int pause = ModuleEntry.Pause.FIRST_MILLIS;
    for (int attempt = 1; attempt <= 10; attempt++) {
      compiler.failNext(new ModuleRefused("can't be compiled", Lack.MEMORY));
      refresh();
      assertEquals(attempt, compiler.compiled.size());
      pass(pause - 1);
      refresh();
      assertEquals(attempt, compiler.compiled.size(), "not before the pause is over");
      pass(1);
      pause = Math.min(2 * pause, ModuleEntry.Pause.LONGEST_MILLIS);
    }
    assertEquals(ModuleEntry.Pause.LONGEST_MILLIS, pause);
  }

  @Test
  void refresh_noMemoryForAReplacement_servesTheOldOneAndIsDueLater() throws IOException {
    write(TestCompiler.module('a'));
    GuestModule old = module();
    compiler.failNext(new ModuleRefused("can't be compiled", Lack.MEMORY));
    write(TestCompiler.module('b'));
    assertSame(old, module());
    assertEquals(List.of(), shelf.due());
    pass(ModuleEntry.Pause.FIRST_MILLIS);
    assertEquals(List.of("guest"), shelf.due());
    assertSame(old, requireNonNull(shelf.current("guest")).module(), "nobody waits for it");
    assertEquals(GuestModule.digest(TestCompiler.module('b')), module().digest());
    assertEquals(List.of(), shelf.due());
  }

  @Test
  void postpone_fileThatCouldNotBeExamined_isDueLater() throws IOException {
    write(TestCompiler.module('a'));
    GuestModule module = module();
    shelf.postpone("guest");
    assertEquals(List.of(), shelf.due());
    pass(ModuleEntry.Pause.FIRST_MILLIS);
    assertEquals(List.of("guest"), shelf.due());
    assertSame(module, module());
    assertEquals(List.of(), shelf.due(), "it was what it is");
  }

  @Test
  void policies_otherOptions_areCompiledByWhenAskedFor() throws IOException {
    write(TestCompiler.module('a'));
    GuestModule module = module();
    shelf.policies(policies(OTHER_MILLIS));
    assertNull(shelf.current("guest"));
    assertNotSame(module, module());
    ModuleOptions options = requireNonNull(shelf.current("guest")).options();
    assertEquals(OTHER_MILLIS, options.initializeMillis());
    assertEquals(2, compiler.compiled.size());
  }

  @Test
  void policies_otherOptionsThatRefuseIt_keepTheModule() throws IOException {
    write(TestCompiler.module('a'));
    GuestModule module = module();
    shelf.policies(policies(OTHER_MILLIS));
    compiler.failNext(new ModuleRefused("isn't right"));
    assertSame(module, module());
    assertNotNull(shelf.current("guest"), "it was tried");
    assertEquals(2, compiler.compiled.size());
  }

  @Test
  void refresh_noFile_isNothing() throws IOException {
    assertNull(shelf.refresh("guest"));
    write(TestCompiler.module('a'));
    module();
    Files.delete(file);
    assertNull(shelf.refresh("guest"));
    assertTrue(!shelf.remove("guest"));
  }

  @Test
  void refresh_moduleOfLargeFunctions_isLoggedWithThem() throws IOException {
    var logger = (Logger) LoggerFactory.getLogger(ModuleShelf.class);
    var log = new ListAppender<ILoggingEvent>();
    log.start();
    logger.addAppender(log);
    logger.setAdditive(false);
    logger.setLevel(Level.INFO);
    try {
      write(Files.readAllBytes(Path.of("bench/guests/large.wasm")));
      refresh();
      write(TestCompiler.module('a'));
      refresh();
    } finally {
      logger.detachAppender(log);
      logger.setAdditive(true);
      logger.setLevel(null);
    }
    ILoggingEvent large = log.list.getFirst();
    assertTrue(large.getFormattedMessage().startsWith("module compiled; "), large.toString());
    assertTrue(
        large.getKeyValuePairs().stream()
            .anyMatch(pair -> pair.toString().contains("2: 15256, 1: 9152")),
        large.getKeyValuePairs().toString());
    assertEquals("module replaced", log.list.getLast().getFormattedMessage());
  }
}
