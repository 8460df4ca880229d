package dev.mooring.guest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.GuestEnvironment;
import dev.mooring.guest.call.Invocation;
import dev.mooring.server.testing.Optimized;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Scripts as guests: what they are given, what comes of what they do, and what they can't do. */
@Optimized
final class ScriptTest {
  private static final int SHORT_MILLIS = 100;
  private static final long LOOP_STACK_BYTES = 8L << 20;

  /** All tests': its engine is compiled once. */
  private static final GuestRuntime RUNTIME = new GuestRuntime(1L << 30);

  private final GuestFixture guests = new GuestFixture(RUNTIME);

  @AfterAll
  static void stop() {
    RUNTIME.close();
  }

  @AfterEach
  void close() {
    guests.close();
  }

  private static byte[] files(String... namesAndTexts) {
    var files = new LinkedHashMap<String, byte[]>();
    for (int i = 0; i < namesAndTexts.length; i += 2) {
      files.put(namesAndTexts[i], namesAndTexts[i + 1].getBytes(UTF_8));
    }
    return ScriptFiles.of(files);
  }

  private static GuestModule script(String text) {
    return GuestFixture.compile(files("s.js", text), RUNTIME);
  }

  private static String refusal(byte[] bytes) {
    return requireNonNull(
        assertThrows(
                ModuleRefused.class,
                () -> GuestModule.compile(bytes, ModuleOptions.DEFAULTS, RUNTIME))
            .getMessage());
  }

  private Space open(String text) {
    return guests.open(script(text));
  }

  /** What a call gives, or how it ends. */
  private String call(Space space, String function, String input) {
    CallOutcome outcome = guests.callWith(space, function, input.getBytes(UTF_8));
    return outcome.committed() ? guests.output() : outcome.toString();
  }

  private static String failed(String message) {
    return new CallOutcome.Failed(message).toString();
  }

  private List<String> events() {
    var events = new ArrayList<String>();
    Invocation of = guests.invocation;
    for (int i = 0; i < of.eventCount(); i++) {
      int start = of.eventStart(i);
      events.add(of.events().toString(start, of.eventEnd(i) - start, UTF_8));
    }
    return events;
  }

  @Test
  void variables_areTheSessionsState() {
    GuestModule module = script("let n = 0; export function add(x) { n += x; return n; }");
    assertTrue(module.preinitialised());
    Space one = guests.open(module);
    Space other = guests.open(module);
    assertEquals("5", call(one, "add", "5"));
    assertEquals("7", call(one, "add", "2"));
    assertEquals("1", call(other, "add", "1"));
    assertEquals("8", call(one, "add", "1"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "undefined | ''",
        "null | null",
        "`text` | text",
        "`` | ''",
        "1.5 | 1.5",
        "[1, `a`, { b: null }] | [1,\"a\",{\"b\":null}]",
        "new Uint8Array([65, 66]) | AB",
        "new Uint8Array([65, 66, 67]).subarray(1) | BC",
        "new Uint8Array([65, 66]).buffer | AB",
        "new Uint16Array([65, 66]) | {\"0\":65,\"1\":66}",
        "new Date(0) | \"1970-01-01T00:00:00.000Z\"",
        "new Map([[1, 2]]) | {}",
        "`\\u00e9\\ud83d\\ude00` | é😀",
      })
  void result_isSentByItsKind(String value, String expected) {
    assertEquals(expected, call(open("export const f = () => (" + value + ");"), "f", ""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"() => {}", "Symbol()", "1n"})
  void result_thatIsNoJson_failsTheCall(String value) {
    String outcome = call(open("export const f = () => " + value + ";"), "f", "");
    assertTrue(outcome.contains("TypeError"), outcome);
  }

  @Test
  void input_isWhatTheFunctionSays() {
    Space space =
        open(
            """
            export function json(...given) { return given; }
            export function text(...given) { return given; }
            text.input = "text";
            export function bytes(given) { return [given instanceof Uint8Array, ...given]; }
            bytes.input = "bytes";
            """);
    assertEquals("[{\"a\":[1,2.5,\"é\"]}]", call(space, "json", "{\"a\": [1, 2.5, \"é\"]}"));
    assertEquals("[]", call(space, "json", ""));
    assertEquals("[\"{\\\"a\"]", call(space, "text", "{\"a"));
    assertEquals("[\"\"]", call(space, "text", ""));
    assertEquals("[true,123,34]", call(space, "bytes", "{\""));
    assertEquals("[true]", call(space, "bytes", ""));
    String outcome = call(space, "json", "{\"a\": }");
    assertTrue(outcome.contains("the input must be JSON: "), outcome);
  }

  @Test
  void input_ofAnUnknownKind_isRefused() {
    assertEquals(
        "can't be initialised: it failed: f.input is \"xml\"; it must be \"json\", \"text\" or"
            + " \"bytes\"",
        refusal(files("s.js", "export function f() {} f.input = 'xml';")));
  }

  @Test
  void throwing_undoesTheCall_andTellsTheMessage() {
    var lines = new ArrayList<String>();
    guests.log = (level, message) -> lines.add(message);
    Space space =
        open(
            """
            let n = 0;
            export function get() { return n; }
            export function plain() { n = 1; emit("lost"); throw new Error("too much"); }
            export function typed() { n = 2; null.x; }
            export function odd() { n = 3; throw { a: 1 }; }
            export function ended() { n = 4; try { fail("it is over"); } catch { return "no"; } }
            """);
    assertEquals(failed("too much"), call(space, "plain", ""));
    assertTrue(lines.getLast().contains("at plain (s.js:3:63)"), lines.getLast());
    assertEquals(failed("TypeError: cannot read property 'x' of null"), call(space, "typed", ""));
    assertEquals(failed("[object Object]"), call(space, "odd", ""));
    assertEquals(failed("it is over"), call(space, "ended", ""));
    assertEquals("0", call(space, "get", ""));
  }

  @Test
  void promise_givesWhatItComesTo() {
    Space space =
        open(
            """
            let resume;
            let waited = "not yet";
            export async function value(x) { await null; await null; return x; }
            export async function thrown() { await null; throw new Error("later"); }
            export function never() { return new Promise(() => {}); }
            export function wait() { new Promise((r) => { resume = r; }).then((x) => { waited = x; }); }
            export function wake(x) { resume(x); }
            export function get() { return waited; }
            export function micro() { queueMicrotask(() => { waited = "micro"; }); }
            export function broken() { queueMicrotask(() => { throw new Error("in a job"); }); }
            """);
    assertEquals("[1]", call(space, "value", "[1]"));
    assertEquals(failed("later"), call(space, "thrown", ""));
    assertEquals(
        failed("the promise that the function returned isn't settled at the end of the call"),
        call(space, "never", ""));
    assertEquals("", call(space, "wait", ""));
    assertEquals("not yet", call(space, "get", ""));
    assertEquals("", call(space, "wake", "\"awake\""));
    assertEquals("awake", call(space, "get", ""));
    assertEquals("", call(space, "micro", ""));
    assertEquals("micro", call(space, "get", ""));
    assertEquals(failed("in a job"), call(space, "broken", ""));
  }

  @Test
  void rejection_thatNobodyHandles_isLogged() {
    var lines = new ArrayList<String>();
    guests.log = (level, message) -> lines.add(message);
    Space space =
        open(
            """
            export function loose() { Promise.reject(new Error("loose")); return 1; }
            export function held() { Promise.reject(new Error("held")).catch(() => {}); return 2; }
            """);
    assertEquals("1", call(space, "loose", ""));
    assertEquals(List.of("a promise was rejected, and nobody handles it: Error: loose"), lines);
    assertEquals("2", call(space, "held", ""));
    assertEquals(1, lines.size());
  }

  private void due(Space space, int id) {
    guests.invocation.begin(
        guests.limits, Invocation.ActiveTimers.NONE, guests.timeoutMillis, System.nanoTime());
    guests.invocation.input(Unpooled.EMPTY_BUFFER, 0, 0);
    ExportedFunction hook = requireNonNull(space.processor.module().timerHook());
    assertEquals(
        CallOutcome.Committed.INSTANCE, space.call(hook, new long[] {id}, guests.invocation));
  }

  @Test
  void timers_callTheirFunctions() {
    guests.config = Map.of("ms", "250");
    Space space =
        open(
            """
            let repeats;
            export function open() { setTimeout((a, b) => emit(a + b), config.ms ?? 1000, "a", "b"); }
            export function every() { repeats = setInterval(() => emit("again"), 10); }
            export function stop() { clearInterval(repeats); }
            """);
    assertEquals(1, guests.invocation.timerChangeCount());
    assertEquals(250, guests.invocation.timerMillis(0));
    due(space, guests.invocation.timerId(0));
    assertEquals(List.of("ab"), events());
    call(space, "every", "");
    int id = guests.invocation.timerId(0);
    due(space, id);
    due(space, id);
    assertEquals(List.of("again"), events());
    assertEquals(10, guests.invocation.timerMillis(0));
    call(space, "stop", "");
    assertEquals(-1, guests.invocation.timerMillis(0));
    due(space, id); // It was on its way.
    assertEquals(List.of(), events());
  }

  @Test
  void topLevel_thatAsksForChance_runsInEachSession() {
    GuestModule module = script("const n = Math.random(); export const get = () => n;");
    assertFalse(module.preinitialised());
    String one = call(guests.open(module), "get", "");
    String other = call(guests.open(module), "get", "");
    assertNotEquals(one, other);
  }

  @Test
  void folder_importsItsFiles() {
    byte[] app =
        files(
            "app/index.js",
            "import { x } from './lib/x.js'; export const get = () => x.join(' ');",
            "app/lib/x.js",
            "import { y } from '../y.js'; export const x = ['x', y];",
            "app/y.js",
            "export const y = 'y';");
    assertEquals("x y", call(guests.open(GuestFixture.compile(app, RUNTIME)), "get", ""));
  }

  @Test
  void badScript_isRefusedWithItsPlace() {
    assertEquals(
        "is no script that can run: s.js:2:13: SyntaxError: unexpected token in expression: ';'",
        refusal(files("s.js", "export function f() {\n  return 1 +;\n}")));
    assertEquals(
        "can't be initialised: it failed: s.js:2:16: too early",
        refusal(files("s.js", "let a;\nthrow new Error('too early');")));
    assertTrue(refusal(files("s.js", "import './gone.js';")).contains("there is no file gone.js"));
    assertEquals(
        "s.js isn't UTF-8: what is at byte 3 is no character",
        refusal(ScriptFiles.of(Map.of("s.js", new byte[] {'/', '/', ' ', (byte) 0xFF}))));
    assertEquals(
        "can't be initialised: it ran for more than 5000 ms", refusal(files("s.js", "for (;;);")));
    assertEquals(
        "can't be initialised: it failed: the promise that the function returned isn't settled at"
            + " the end of the call",
        refusal(files("s.js", "await new Promise(() => {});")));
  }

  @Test
  void damagedBytes_areRefused() {
    byte[] whole = files("s.js", "export const f = () => 1;");
    for (int length = 4; length < whole.length; length++) {
      refusal(Arrays.copyOf(whole, length));
    }
    byte[] damaged = whole.clone();
    damaged[damaged.length - 1] = 'x';
    assertEquals("is a script that is damaged", refusal(damaged));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "for (;;);",
        "try { for (;;); } catch { return 1; } finally { for (;;); }",
        "return /^(a+)+$/.test('a'.repeat(40) + 'b');",
        "return (async () => { for (;;) await null; })();",
        "const again = () => queueMicrotask(again); again();",
        "const a = []; a.length = 1e9; a.sort(() => 1); for (;;) a.indexOf(1);",
        "while (true) { try { fail2(); } catch { } }",
        "return JSON.parse('[' + '1,'.repeat(1e6) + '1]').length && (() => { for (;;); })();",
      })
  void endlessWork_isStopped_andUndone(String body) {
    Space space =
        open(
            "let n = 0; export const get = () => n; export function run() { n = 1; " + body + " }");
    guests.timeoutMillis = SHORT_MILLIS;
    CallOutcome outcome = guests.call(space, "run");
    assertFalse(outcome.committed(), outcome.toString());
    guests.timeoutMillis = GuestFixture.PATIENT_MILLIS;
    assertEquals("0", call(space, "get", ""));
  }

  @Test
  void endlessRecursion_isAnErrorThatMayBeCaught() throws Exception {
    // An event loop has as much of a stack; a test's thread has less.
    FutureTask<Void> task = new FutureTask<>(this::recurse, null);
    new Thread(null, task, "recursion", LOOP_STACK_BYTES).start();
    task.get();
  }

  private void recurse() {
    Space space =
        open(
            """
            let n = 0;
            export function run() { n++; return run() + 1; }
            export function caught() { try { run(); } catch (e) { return e.message; } }
            export function get() { return n; }
            """);
    assertEquals(failed("InternalError: stack overflow"), call(space, "run", ""));
    assertEquals("0", call(space, "get", ""));
    assertEquals("stack overflow", call(space, "caught", ""));
  }

  @Test
  void leak_endsAtTheMemoryLimit_andIsUndone() {
    Space space =
        open(
            """
            const kept = [];
            export function leak() { for (;;) kept.push("x".repeat(10000) + kept.length); }
            export function caught() { try { leak(); } catch (e) { return String(e); } }
            export function size() { return kept.length; }
            """);
    assertEquals(failed("InternalError: out of memory"), call(space, "leak", ""));
    assertEquals("0", call(space, "size", ""));
    assertEquals("InternalError: out of memory", call(space, "caught", ""));
  }

  @Test
  void sessions_seeNothingOfEachOther() {
    GuestModule module =
        script(
            "export function put(x) { globalThis.secret = x; Array.prototype.leak = x; }"
                + " export function get() { return [globalThis.secret, [].leak]; }");
    Space one = guests.open(module);
    Space other = guests.open(module);
    call(one, "put", "\"mine\"");
    assertEquals("[null,null]", call(other, "get", ""));
    assertEquals("[\"mine\",\"mine\"]", call(one, "get", ""));
  }

  @Test
  void state_isRestored() throws Exception {
    GuestModule module = script("let n = 0; export function add(x) { n += x; return n; }");
    Space space = guests.open(module);
    call(space, "add", "41");
    var state = space.save();
    try (Space again =
        guests.loop.restore(
            module, state, new GuestEnvironment(Map.of(), guests.log), GuestFixture.MEMORY_BYTES)) {
      assertEquals("42", call(again, "add", "1"));
    }
    assertEquals("42", call(space, "add", "1"));
  }

  /** Each is true in a browser, too. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "new TextEncoder().encode('é😀').join() === '195,169,240,159,152,128'",
        "new TextDecoder().decode(new Uint8Array([0xEF, 0xBB, 0xBF, 0x61])) === 'a'",
        "new TextDecoder().decode(new Uint8Array([0xC0, 0x61, 0xF0, 0x9F])) === '\\ufffda\\ufffd'",
        "new TextDecoder('utf-8', { ignoreBOM: true }).decode(new Uint8Array([239, 187, 191])) === '\\ufeff'",
        "(() => { const d = new TextDecoder(); return d.decode(new Uint8Array([0xF0, 0x9F]), { stream: true })"
            + " + d.decode(new Uint8Array([0x98, 0x80])); })() === '😀'",
        "(() => { try { new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([255])); }"
            + " catch (e) { return e instanceof TypeError; } })()",
        "btoa('hello') === 'aGVsbG8=' && atob('aGVsbG8=') === 'hello' && atob(' aGk ') === 'hi'",
        "/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID())",
        "crypto.getRandomValues(new Uint8Array(32)).some((x) => x !== 0)",
        "(() => { const a = { d: new Date(5), m: new Map([[1, new Set([2])]]) }; a.self = a;"
            + " const b = structuredClone(a); return b !== a && b.self === b && +b.d === 5"
            + " && b.m.get(1).has(2); })()",
        "Math.abs(Date.now() - performance.now()) < 1000 && Date.now() > 1.7e12",
        "Math.random() !== Math.random() && Math.random() < 1",
        "config.missing === undefined && !('missing' in config) && config.key === 'value'",
        "new Date(2024, 1, 29).toISOString() === '2024-02-29T00:00:00.000Z'",
        "'ﬁ'.normalize('NFKD') === 'fi' && /\\p{Lu}/u.test('É')",
        "(2n ** 100n).toString() === '1267650600228229401496703205376'",
        "[3, 1, 2].toSorted().join() === '1,2,3' && Object.groupBy([1, 2, 3], (x) => x % 2)[1].length === 2",
      })
  void global_isWhatItIsElsewhere(String expression) {
    guests.config = Map.of("key", "value");
    assertEquals("true", call(open("export const f = () => " + expression + ";"), "f", ""));
  }

  @Test
  void console_goesToTheLog() {
    var lines = new ArrayList<String>();
    guests.log = (level, message) -> lines.add(level + " " + message);
    Space space =
        open(
            """
            export function f() {
              log("a", 1, [2], { b: 3n });
              console.error(new Error("e").message, null, undefined);
              const ring = {}; ring.ring = ring;
              console.debug(ring, () => {}, new Map([[1, 2]]));
            }
            """);
    call(space, "f", "");
    assertEquals(
        List.of(
            "INFO a 1 [2] {\"b\":\"3n\"}",
            "ERROR e null undefined",
            "DEBUG {\"ring\":\"[circular]\"} [function without a name] [[1,2]]"),
        lines);
  }
}
