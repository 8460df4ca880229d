package dev.mooring.server;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.capsule.CapsuleConfig;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.guest.log.LogLimits;
import dev.mooring.module.ModulePolicy;
import dev.mooring.session.OnFailure;
import dev.mooring.session.SessionLimits;
import dev.mooring.transport.config.ListenAddress;
import dev.mooring.transport.config.ListenerConfig;
import dev.mooring.transport.config.WireName;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConfigFileTest {
  private static final ServerConfig BASE =
      ServerConfig.of(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), 7070), Path.of("modules"));

  @TempDir Path directory;

  private ServerConfig read(String toml) throws IOException, ConfigException {
    return read(toml, Map.of());
  }

  private ServerConfig read(String toml, Map<String, String> environment)
      throws IOException, ConfigException {
    return ConfigFile.read(
        Files.writeString(directory.resolve("mooring.toml"), toml), environment, BASE);
  }

  @Test
  void read_emptyFile_keepsWhatWasThere() throws Exception {
    assertEquals(BASE, read(""));
  }

  @Test
  void read_distributedFile_saysNothing() throws Exception {
    assertEquals(BASE, read(Files.readString(Path.of("main/dist/conf/mooring.toml"))));
  }

  @Test
  void read_distributedFileUncommented_isTheDefaults() throws Exception {
    String toml =
        Files.readString(Path.of("main/dist/conf/mooring.toml"))
            .replaceAll("(?m)^#(\\w+ = )", "$1")
            .replaceAll(
                "(?m)^inbound_bytes = \\d+",
                "inbound_bytes = " + BASE.transport().limits().inboundBytes())
            .replaceAll(
                "outbound_bytes = \\d+",
                "outbound_bytes = " + BASE.transport().limits().outboundBytes())
            .replaceAll("event_loops = \\d+", "event_loops = " + BASE.transport().eventLoops())
            .replaceAll(
                "guest_memory_bytes = \\d{2,}", "guest_memory_bytes = " + BASE.guestMemoryBytes());
    assertEquals(BASE.withModules(directory.resolveSibling("modules")), read(toml));
  }

  @Test
  void read_someKeys_changesThose() throws Exception {
    ServerConfig config = read("listen = '127.0.0.1:0'\n[session]\ncall_timeout_ms = 7\n");
    assertEquals(7, config.session().callTimeoutMillis());
    assertEquals(SessionLimits.DEFAULTS.memoryBytes(), config.session().memoryBytes());
    assertEquals(0, ((InetSocketAddress) config.listen()).getPort());
  }

  @Test
  void read_capsules_areInAFolderBesideTheFile() throws Exception {
    assertEquals(
        BASE.withCapsules(CapsuleConfig.in(directory.resolve("c"), 5)),
        read("[capsules]\nfolder = 'c'\nevery = 5\n"));
    ServerConfig elsewhere = read("", Map.of("MOORING_CAPSULES_FOLDER", "/c"));
    assertEquals(Path.of("/c"), elsewhere.capsules().folder());
    ConfigReload reload = ConfigReload.of(BASE, elsewhere);
    assertEquals(List.of("capsules"), reload.needRestart());
  }

  @Test
  void read_severalAddresses_eachHasItsWires() throws Exception {
    String toml =
        """
        [transport]
        wires = ["websocket"]
        origins = ["https://app.example.com", "http://localhost:3000"]
        [[listen]]
        address = "127.0.0.1:1"
        [[listen]]
        address = "127.0.0.1:2"
        wires = ["mooring"]
        tls = false
        """;
    ListenerConfig listener = read(toml).transport().listener();
    assertEquals(List.of(WireName.WEBSOCKET), listener.wires());
    assertEquals(
        List.of(
            new ListenAddress(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 1),
                List.of(),
                ListenAddress.Tls.IF_CERTIFICATE),
            new ListenAddress(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 2),
                List.of(WireName.MOORING),
                ListenAddress.Tls.NEVER)),
        listener.addresses());
    assertTrue(listener.origins().allow("http://localhost:3000", "elsewhere"));
    ServerConfig one = read(toml, Map.of("MOORING_LISTEN", "127.0.0.1:3"));
    assertEquals(3, ((InetSocketAddress) one.listen()).getPort());
    assertEquals(List.of(), one.transport().listener().addresses());
  }

  @Test
  void whyUnsafe_oneOfSeveralBeyondLoopback_isNamed() throws Exception {
    ServerConfig config =
        read(
            """
            [[listen]]
            address = "127.0.0.1:1"
            [[listen]]
            address = "0.0.0.0:2"
            """);
    assertTrue(requireNonNull(config.whyUnsafe()).startsWith("won't listen on 0.0.0.0:2: "));
    assertNull(config.withListen(BASE.listen()).whyUnsafe());
  }

  @Test
  void read_moduleOfItsOwn_isOverWhatHoldsForAll() throws Exception {
    ServerConfig config =
        read(
            """
            [modules.kv]
            initialize_ms = 70
            memory_bytes = 131072
            log_lines_per_second = 9
            [session]
            timers = 7
            log_bytes_per_second = 10
            [limits]
            log_lines_per_second = 11
            [modules."a.b"]
            on_failure = "close"
            """);
    ModulePolicy kv = requireNonNull(config.policies().get("kv"));
    assertEquals(70, kv.options().initializeMillis());
    assertEquals(131_072, kv.session().memoryBytes());
    assertEquals(7, kv.session().timers());
    assertEquals(new LogLimits(9, 10), kv.session().log());
    assertEquals(new LogLimits(11, LogLimits.OF_ALL.bytesPerSecond()), config.log().guests());
    assertEquals(
        OnFailure.CLOSE, requireNonNull(config.policies().get("a.b")).session().onFailure());
    assertEquals(ModuleOptions.DEFAULTS, config.module());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[session]\\nmemroy_bytes = 1 | line 2 | did you mean 'session.memory_bytes'?",
        "listen = 7070 | line 1 | expected \"HOST:PORT\"",
        "listen = '127.0.0.1:70700' | line 1 | a port of at most 65535",
        "[session]\\ntimers = 'many' | line 2 | expected an integer of at least 0",
        "[session]\\ntimers = -1 | line 2 | expected an integer of at least 0",
        "[session]\\nqueued_calls = 0 | line 2 | session.queued_calls is 0; it must be at least 1",
        "[session]\\nqueued_calls = 99999999999 | line 2 | at most 2147483647",
        "[store]\\nurl = 'postgresql://u:p@h/d' | line 2 | store.url: 'postgresql://u:…@h/d' has a",
        "[limits]\\nsessions = 0 | line 2 | limits.sessions is 0; it must be at least 1",
        "[limits]\\nsessions_per_address = 0 | line 2 | limits.sessions_per_address is 0",
        "[limits]\\ninbound_bytes = 0 | line 2 | limits.inbound_bytes is 0",
        "[limits]\\noutbound_bytes = 0 | line 2 | limits.outbound_bytes is 0",
        "[limits]\\nwrite_stall_ms = 0 | line 2 | limits.write_stall_ms is 0",
        "[limits]\\nframe_age_ms = 0 | line 2 | limits.frame_age_ms is 0",
        "[limits]\\nidle_ms = -1 | line 2 | expected an integer of at least 0",
        "[limits]\\nhandshake_ms = 0 | line 2 | limits.handshake_ms is 0; it must be at least 1",
        "[limits]\\naccept_burst = 0 | line 2 | limits.accept_burst is 0; it must be at least 1",
        "[limits]\\naddresses = 0 | line 2 | limits.addresses is 0; it must be at least 1",
        "[limits]\\nlifetime_jitter_percent = 101 | line 2 | it must be at most 100",
        "[limits]\\nlifetime_grace_ms = 0 | line 2 | limits.lifetime_grace_ms is 0",
        "[limits]\\npings_per_second = -1 | line 2 | expected an integer of at least 0",
        "[tls]\\ncertificate = 'a.pem' | mooring.toml | both tls.certificate and tls.key",
        "[tls]\\nclient_ca = 'a.pem' | mooring.toml | both tls.certificate and tls.key",
        "[tls]\\nminimum_version = '1.1' | line 2 | expected \"1.2\" or \"1.3\"",
        "[tls]\\nclient_certificates = 'no' | line 2 | expected \"required\" or \"optional\"",
        "[access]\\nallow_unauthenticated = 1 | line 2 | expected true or false",
        "[access]\\ntoken = 'a' | line 2 | did you mean 'access.tokens'?",
        "[tenants.alice]\\nmodules = 'kv' | line 2 | expected texts",
        "[tenants.alice]\\nmodules = ['a b'] | line 2 | tenants.alice.modules has 'a b'",
        "[tenants.alice]\\nsession = 1 | line 2 | did you mean 'tenants.alice.sessions'?",
        "[transport]\\nproxies = ['10.0.0.0/33'] | line 2 | transport.proxies: '10.0.0.0/33'",
        "[transport]\\nwires = ['morse'] | line 2 | transport.wires: 'morse' is no wire; there are mooring, websocket, grpc",
        "[transport]\\nwires = ['mooring', 'mooring'] | line 2 | 'mooring' is there twice",
        "[transport]\\nwires = [] | line 2 | expected at least one of mooring, websocket, grpc",
        "[transport]\\nwires = 'mooring' | line 2 | expected texts",
        "[transport]\\norigins = ['app.example.com'] | line 2 | 'app.example.com' is no origin",
        "[transport]\\norigins = ['https://a.com/'] | line 2 | 'https://a.com/' is no origin",
        "[transport]\\norigins = ['https://A.com'] | line 2 | 'https://A.com' is no origin",
        "[transport]\\norigins = ['https://a.com:443'] | line 2 | is no origin",
        "[transport]\\norigins = ['null'] | line 2 | 'null' is no origin",
        "[transport]\\norigins = ['*', '*'] | line 2 | '*' is there twice",
        "listen = [] | line 1 | expected at least one",
        "listen = ['127.0.0.1:1'] | line 1 | expected \"HOST:PORT\", or tables, each [[listen]]",
        "[[listen]]\\nwires = ['mooring'] | line 1 | there is no 'address'",
        "[[listen]]\\naddress = '127.0.0.1' | line 2 | expected \"HOST:PORT\"",
        "[[listen]]\\naddress = '127.0.0.1:1'\\nwire = 1 | line 3 | did you mean 'wires'?",
        "[[listen]]\\naddress = '127.0.0.1:1'\\nwires = [] | line 3 | at least one of mooring",
        "[[listen]]\\naddress = '127.0.0.1:1'\\ntls = 1 | line 3 | expected true or false",
        "[[listen]]\\naddress = '127.0.0.1:1'\\n[[listen]]\\naddress = '127.0.0.1:1' | mooring.toml | 127.0.0.1:1 is listened on twice",
        "[transport]\\nsick_after_ms = 0 | line 2 | transport.sick_after_ms is 0",
        "[module]\\nmax_bytes = 7 | line 2 | module.max_bytes is 7, expected 8 to",
        "[module]\\ncompile_threads = 0 | line 2 | expected an integer of at least 1",
        "[session]\\nmax_call_timeout_ms = 9 | line 2 | at least session.call_timeout_ms, which is 50",
        "[session]\\ncall_timeout_ms = 2000 | line 2 | session.max_call_timeout_ms is 1000; it must",
        "[transport]\\nwrite_low_bytes = 99999 | line 2 | than transport.write_low_bytes, which is 99",
        "[store]\\nmax_bytes = 7 | line 2 | store.max_bytes is 7; it must be at least 1048576",
        "[tracing]\\nendpoint = 'collector:4318' | line 2 | expected \"http://HOST:PORT\" or",
        "[tracing]\\nendpoint = 'http://a/?b' | line 2 | expected \"http://HOST:PORT\" or",
        "[tracing]\\nqueued_spans = 0 | line 2 | tracing.queued_spans is 0; it must be at least 1",
        "[tracing]\\nservice_name = ' ' | line 2 | tracing.service_name is empty",
        "[capsules]\\nfiles = 0 | line 2 | capsules.files is 0; it must be at least 1",
        "[capsules]\\ntotal_bytes = 7 | line 2 | at least capsules.file_bytes, which is 67108864",
        "[session | line 1 | Unexpected",
        "[module]\\nlayout = 'flat' | line 2 | there is no key 'module.layout'",
        "[modules.kv]\\nlayout = 'flat' | line 2 | there is no key 'modules.kv.layout'",
        "[modules]\\nkv = 1 | line 2 | expected a table",
        "[modules.kv]\\ncompile_threads = 1 | line 2 | there is no key",
        "[modules.kv]\\nfirst_message_ms = 1 | line 2 | there is no key 'modules.kv.first_message_ms'",
        "[modules.kv]\\nfirst_message_ms = 1 | line 2 | before a module is named; see [session]",
        "[modules.kv]\\nconfig_entries = 65 | line 2 | at most 64, what [session] has for all",
        "[modules.kv]\\nconfig_bytes = 65537 | line 2 | at most 65536",
      })
  void read_wrongValue_saysWhereAndWhatWasExpected(String toml, String where, String expected) {
    var e = assertThrows(ConfigException.class, () -> read(toml.replace("\\n", "\n")));
    assertTrue(e.toString().contains(where), e::toString);
    assertTrue(e.toString().contains(expected), e::toString);
  }

  private ConfigException wrong(byte[] bytes) throws IOException {
    Path file = Files.write(directory.resolve("mooring.toml"), bytes);
    return assertThrows(ConfigException.class, () -> ConfigFile.read(file, Map.of(), BASE));
  }

  @Test
  void read_byteOrderMark_isSkipped() throws Exception {
    assertEquals(
        BASE.withDrainDeadline(Duration.ofMillis(7)), read("\uFEFFdrain_deadline_ms = 7\n"));
  }

  @Test
  void read_notUtf8_saysWhere() throws Exception {
    byte[] latin1 = "# eins\n# gr\u00FC\u00DFe\n".getBytes(StandardCharsets.ISO_8859_1);
    assertEquals(
        directory.resolve("mooring.toml")
            + ", line 2, offset 11: the byte FC is not UTF-8; expected TOML in UTF-8",
        wrong(latin1).getMessage());
    byte[] utf16 = "\uFEFFlisten = 1\n".getBytes(StandardCharsets.UTF_16LE);
    assertEquals(
        directory.resolve("mooring.toml")
            + ": this is UTF-16, as it begins with FF FE; expected TOML in UTF-8",
        wrong(utf16).getMessage());
  }

  @Test
  void read_missingFile_saysSo() {
    var missing = directory.resolve("none.toml");
    var e = assertThrows(ConfigException.class, () -> ConfigFile.read(missing, Map.of(), BASE));
    assertTrue(e.toString().contains("none.toml"), e::toString);
  }

  @Test
  void read_environment_winsOverTheFile() throws Exception {
    ServerConfig config =
        read(
            "listen = '127.0.0.1:1'\n[session]\ncall_timeout_ms = 7\ntimers = 5\n",
            Map.of(
                "MOORING_LISTEN", "127.0.0.1:2",
                "MOORING_SESSION_CALL_TIMEOUT_MS", "9",
                "MOORING_LIMITS_LOG_BYTES_PER_SECOND", "11",
                "MOORING_STATUS_SECONDS", "5",
                "MOORING_MODULE_INITIALIZE_MS", "70",
                "MOORING_MODULE_DIRECTORY", "somewhere"));
    assertEquals(2, ((InetSocketAddress) config.listen()).getPort());
    assertEquals(9, config.session().callTimeoutMillis());
    assertEquals(5, config.session().timers());
    assertEquals(11, config.log().guests().bytesPerSecond());
    assertEquals(5, config.log().statusSeconds());
    assertEquals(70, config.module().initializeMillis());
    assertEquals(Path.of("somewhere").toAbsolutePath(), config.modules());
  }

  @Test
  void read_environmentWithoutFile_isEnough() throws Exception {
    ServerConfig config = ConfigFile.read(null, Map.of("MOORING_LIMITS_SESSIONS", "12"), BASE);
    assertEquals(12, config.transport().limits().sessions());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "MOORING_SESSION_TIMERS | x | MOORING_SESSION_TIMERS is x; expected an integer",
        "MOORING_SESSION_TIMRS | 1 | did you mean MOORING_SESSION_TIMERS?",
        "MOORING_LIMITS_SESIONS | 1 | did you mean MOORING_LIMITS_SESSIONS?",
        "MOORING_LISTN | 1 | did you mean MOORING_LISTEN?",
        "MOORING_MODULE_LAYOUT | flat | MOORING_MODULE_LAYOUT stands for no key",
        "MOORING_LISTEN | here | expected \"HOST:PORT\"",
        "MOORING_LIMITS_SESSIONS | 0 | variable MOORING_LIMITS_SESSIONS: limits.sessions is 0; it",
      })
  void read_wrongVariable_saysWhichAndWhatWasExpected(String name, String value, String message) {
    var e = assertThrows(ConfigException.class, () -> read("", Map.of(name, value)));
    assertTrue(requireNonNull(e.getMessage()).contains(message), e.getMessage());
  }

  /** The launcher's own, the log's, and those that others make of a service's name. */
  @Test
  void read_variablesOfOthers_areLeftAlone() throws Exception {
    assertEquals(
        BASE,
        read(
            "",
            Map.of(
                "MOORING_JAVA_HOME", "/jdk",
                "MOORING_LOG_LEVEL", "debug",
                "MOORING_SERVICE_HOST", "10.0.0.1",
                "MOORING_PORT_7070_TCP", "tcp://10.0.0.1:7070",
                "PATH", "/bin")));
  }
}
