package dev.mooring.module;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.GuestModule;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.guest.ModuleRefused;
import dev.mooring.guest.PortableModule;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.ModuleSource;
import dev.mooring.session.Problem;
import dev.mooring.session.SessionLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ModuleDirectoryTest {
  private static final int PATIENCE_SECONDS = 60;

  private final TestCompiler compiler = new TestCompiler();
  private final Map<String, byte[]> kept = new HashMap<>();
  private final List<String> restored = Collections.synchronizedList(new ArrayList<>());
  private final BlockingQueue<Finding> answers = new LinkedBlockingQueue<>();
  @TempDir Path files;
  private ModuleDirectory directory;

  @BeforeEach
  void open() throws IOException {
    for (char letter : new char[] {'a', 'b', 'c'}) {
      Files.write(files.resolve(letter + ".wasm"), TestCompiler.module(letter));
    }
    directory =
        new ModuleDirectory(
            files,
            new ModulePolicies(
                new ModulePolicy(ModuleOptions.DEFAULTS, SessionLimits.DEFAULTS), Map.of()),
            compiler,
            1,
            new ArchivedModules(
                kept::get,
                (key, portable, options, engines) -> {
                  restored.add(key);
                  return compiler.compile(portable, options);
                }));
  }

  @AfterEach
  void close() {
    directory.close();
    compiler.close();
  }

  private static String digest(char letter) {
    return GuestModule.digest(TestCompiler.module(letter));
  }

  private Finding find(String reference) throws InterruptedException {
    return find(reference, _ -> true);
  }

  private Finding find(String reference, Predicate<String> mayOpen) throws InterruptedException {
    directory.find(reference, mayOpen, answer());
    return answered();
  }

  private Finding recall(String name, String digest, String imageDigest)
      throws InterruptedException {
    directory.recall(name, digest, imageDigest, answer());
    return answered();
  }

  private ModuleSource.Answer answer() {
    return new ModuleSource.Answer() {
      @Override
      public void found(GuestModule module, SessionLimits limits) {
        answers.add(new Finding.Found(module, limits));
      }

      @Override
      public void notFound(Problem problem) {
        answers.add(new Finding.Missing(problem));
      }
    };
  }

  private Finding answered() throws InterruptedException {
    Finding answer = answers.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (answer == null) {
      throw new AssertionError("no answer");
    }
    return answer;
  }

  private Problem missing(String reference) throws InterruptedException {
    return assertInstanceOf(Finding.Missing.class, find(reference)).problem();
  }

  private String found(String reference) throws InterruptedException {
    return assertInstanceOf(Finding.Found.class, find(reference)).module().digest();
  }

  /** What a stored session is a difference from, the archive has, whatever the folder's is now. */
  @Test
  void recall_folderHasAnotherImageOrNone_isTheArchives() throws Exception {
    GuestModule inFolder = assertInstanceOf(Finding.Found.class, find("a")).module();
    assertSame(
        inFolder,
        assertInstanceOf(Finding.Found.class, recall("a", digest('a'), inFolder.imageDigest()))
            .module());
    assertEquals(List.of(), restored);
    String other = "sha256:" + "1".repeat(64);
    String key = PortableModule.key(digest('a'), other);
    kept.put(key, TestCompiler.module('a'));
    GuestModule archived =
        assertInstanceOf(Finding.Found.class, recall("a", digest('a'), other)).module();
    assertNotSame(inFolder, archived);
    assertSame(
        archived, assertInstanceOf(Finding.Found.class, recall("a", digest('a'), other)).module());
    assertEquals(List.of(key), restored);
    Files.delete(files.resolve("b.wasm"));
    var missing = assertInstanceOf(Finding.Missing.class, recall("b", digest('b'), other));
    assertEquals(ErrorCode.MODULE_NOT_FOUND, missing.problem().code());
    kept.put(PortableModule.key(digest('b'), other), new byte[3]);
    var refused = assertInstanceOf(Finding.Missing.class, recall("b", digest('b'), other));
    assertTrue(refused.problem().message().startsWith("the module of the session "));
  }

  @Test
  void find_compilerFails_isAnsweredOnceAndTheNextIsServed() throws InterruptedException {
    compiler.failNext(new IllegalStateException("a bug"));
    assertEquals(ErrorCode.INTERNAL, missing("a").code());
    compiler.failNext(new OutOfMemoryError("Java heap space"));
    assertEquals(ErrorCode.SERVER_OVERLOADED, missing("a").code());
    compiler.failNext(new StackOverflowError());
    assertEquals(ErrorCode.INTERNAL, missing("a").code());
    assertEquals(digest('a'), found("a"));
    assertEquals(List.of(), List.copyOf(answers), "each was answered once");
  }

  @Test
  void find_digest_compilesNoOtherModule() throws InterruptedException {
    assertEquals(digest('b'), found(digest('b')));
    assertEquals(List.of(digest('b')), compiler.compiled);
    assertEquals(digest('b'), found("b@" + digest('b')));
    assertEquals(List.of(digest('b')), compiler.compiled);
  }

  @Test
  void find_unknownDigest_compilesNothing() throws InterruptedException {
    assertEquals(ErrorCode.MODULE_NOT_FOUND, missing(digest('x')).code());
    assertEquals(List.of(), compiler.compiled);
  }

  @Test
  void find_digestOfARefusedModule_saysWhy() throws InterruptedException {
    compiler.failNext(new ModuleRefused("isn't right"));
    Problem problem = missing(digest('c'));
    assertEquals(ErrorCode.MODULE_REFUSED, problem.code());
    assertEquals("module " + digest('c') + " isn't right", problem.message());
    assertEquals("module c isn't right", missing("c").message());
  }

  @Test
  void find_unknownName_offersWhatThereIs() throws InterruptedException {
    Problem problem = missing("nope");
    assertEquals(ErrorCode.MODULE_NOT_FOUND, problem.code());
    assertEquals("there is no module 'nope'; you may open a, b, c", problem.message());
  }

  @Test
  void find_whatIsNoReference_saysWhatAreOnes() throws InterruptedException {
    assertEquals(
        "'my module' names no module; expected NAME, NAME@sha256:HEX or sha256:HEX, where NAME is an"
            + " ASCII letter, a digit or _, then up to 127 of these, '.' and '-'",
        missing("my module").message());
  }

  /** As a client asks that may open these bytes only: it learns nothing of names. */
  @Test
  void find_nameThatMayNotBeOpened_isAnsweredAsIfItWereNotThere() throws InterruptedException {
    Predicate<String> nothing = _ -> false;
    compiler.failNext(new ModuleRefused("isn't right"));
    assertEquals(ErrorCode.MODULE_REFUSED, missing("b").code());
    assertEquals(digest('a'), found("a"));
    int compiled = compiler.compiled.size();
    for (String name : List.of("nope", "a", "b", "c")) {
      Problem problem =
          assertInstanceOf(Finding.Missing.class, find(name + "@" + digest('x'), nothing))
              .problem();
      assertEquals(ErrorCode.MODULE_NOT_FOUND, problem.code());
      assertEquals(
          "there is no module '" + name + "' with digest " + digest('x'), problem.message());
    }
    assertEquals(compiled, compiler.compiled.size(), "nobody's module was compiled for it");
    var found = assertInstanceOf(Finding.Found.class, find("c@" + digest('c'), nothing));
    assertEquals(digest('c'), found.module().digest());
    assertInstanceOf(Finding.Missing.class, find("a", nothing));
  }
}
