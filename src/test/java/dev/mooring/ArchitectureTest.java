package dev.mooring;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The directions in which the server's packages may know each other. */
final class ArchitectureTest {
  private static final JavaClasses SERVER =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("dev.mooring");

  @Test
  void packages_knowEachOtherInOneDirection() {
    layeredArchitecture()
        .consideringOnlyDependenciesInAnyPackage("dev.mooring..")
        .withOptionalLayers(true)
        .layer("cli")
        .definedBy("dev.mooring.cli..")
        .layer("server")
        .definedBy("dev.mooring.server..")
        .layer("admin")
        .definedBy("dev.mooring.admin..")
        .layer("observe")
        .definedBy("dev.mooring.observe..")
        .layer("trace")
        .definedBy("dev.mooring.trace..")
        .layer("transport")
        .definedBy("dev.mooring.transport..")
        .layer("module")
        .definedBy("dev.mooring.module..")
        .layer("session")
        .definedBy("dev.mooring.session..")
        .layer("capsule")
        .definedBy("dev.mooring.capsule..")
        .layer("access")
        .definedBy("dev.mooring.access..")
        .layer("guest")
        .definedBy("dev.mooring.guest..")
        .layer("state")
        .definedBy("dev.mooring.state..")
        .layer("store")
        .definedBy("dev.mooring.store..")
        .layer("file")
        .definedBy("dev.mooring.file..")
        .layer("rate")
        .definedBy("dev.mooring.rate..")
        .layer("release")
        .definedBy("dev.mooring.release..")
        .layer("digest")
        .definedBy("dev.mooring.digest..")
        .layer("setting")
        .definedBy("dev.mooring.setting..")
        .layer("proto")
        .definedBy("dev.mooring.proto..")
        .layer("error")
        .definedBy("dev.mooring.error..")
        .layer("client")
        .definedBy("dev.mooring.client..")
        .layer("loadtest")
        .definedBy("dev.mooring.loadtest..")
        .layer("conformance")
        .definedBy("dev.mooring.conformance..")
        .whereLayer("cli")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("server")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("admin")
        .mayOnlyBeAccessedByLayers("server", "cli")
        .whereLayer("observe")
        .mayOnlyBeAccessedByLayers("admin", "server")
        .whereLayer("trace")
        .mayOnlyBeAccessedByLayers("server")
        .whereLayer("transport")
        .mayOnlyBeAccessedByLayers("observe", "admin", "server")
        .whereLayer("module")
        .mayOnlyBeAccessedByLayers("observe", "admin", "server", "cli")
        .whereLayer("session")
        .mayOnlyBeAccessedByLayers(
            "transport", "module", "trace", "observe", "admin", "server", "cli")
        .whereLayer("capsule")
        .mayOnlyBeAccessedByLayers("session", "observe", "server", "cli")
        .whereLayer("access")
        .mayOnlyBeAccessedByLayers("session", "transport", "observe", "admin", "server", "cli")
        .whereLayer("guest")
        .mayOnlyBeAccessedByLayers(
            "session", "capsule", "module", "transport", "observe", "server", "cli")
        .whereLayer("state")
        .mayOnlyBeAccessedByLayers("guest", "session", "capsule", "server", "cli")
        .whereLayer("store")
        .mayOnlyBeAccessedByLayers("session", "transport", "server", "cli")
        .whereLayer("file")
        .mayOnlyBeAccessedByLayers("access", "module", "transport", "server", "cli")
        .whereLayer("rate")
        .mayOnlyBeAccessedByLayers("access", "guest", "transport", "trace", "admin")
        .whereLayer("release")
        .mayNotAccessAnyLayer()
        .whereLayer("digest")
        .mayNotAccessAnyLayer()
        .whereLayer("setting")
        .mayNotAccessAnyLayer()
        .whereLayer("proto")
        .mayOnlyBeAccessedByLayers("transport", "client", "loadtest", "conformance")
        .whereLayer("error")
        .mayNotAccessAnyLayer()
        .whereLayer("conformance")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("client")
        .mayOnlyBeAccessedByLayers("cli", "loadtest", "conformance")
        .whereLayer("loadtest")
        .mayOnlyBeAccessedByLayers("cli")
        .check(SERVER);
  }

  /** Another protocol is another package beside the one below {@code wire}. */
  @Test
  void transport_itsRooms_knowEachOtherInOneDirection() {
    layeredArchitecture()
        .consideringOnlyDependenciesInAnyPackage("dev.mooring.transport..")
        .layer("transport")
        .definedBy("dev.mooring.transport")
        .layer("listen")
        .definedBy("dev.mooring.transport.listen")
        .layer("tls")
        .definedBy("dev.mooring.transport.tls")
        .layer("mooring")
        .definedBy("dev.mooring.transport.wire.mooring")
        .layer("websocket")
        .definedBy("dev.mooring.transport.wire.websocket")
        .layer("grpc")
        .definedBy("dev.mooring.transport.wire.grpc")
        .layer("wire")
        .definedBy("dev.mooring.transport.wire")
        .layer("admission")
        .definedBy("dev.mooring.transport.admission")
        .layer("loop")
        .definedBy("dev.mooring.transport.loop")
        .layer("config")
        .definedBy("dev.mooring.transport.config")
        .whereLayer("transport")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("listen")
        .mayOnlyBeAccessedByLayers("transport")
        .whereLayer("websocket")
        .mayOnlyBeAccessedByLayers("transport")
        .whereLayer("grpc")
        .mayOnlyBeAccessedByLayers("transport")
        .whereLayer("mooring")
        .mayOnlyBeAccessedByLayers("transport", "websocket", "grpc")
        .whereLayer("tls")
        .mayOnlyBeAccessedByLayers("transport", "listen")
        .whereLayer("wire")
        .mayOnlyBeAccessedByLayers("transport", "listen", "mooring", "websocket", "grpc")
        .whereLayer("admission")
        .mayOnlyBeAccessedByLayers(
            "transport", "listen", "tls", "mooring", "websocket", "grpc", "wire")
        .whereLayer("loop")
        .mayNotAccessAnyLayer()
        .whereLayer("config")
        .mayNotAccessAnyLayer()
        .check(SERVER);
  }

  /** Commands know terminals and texts; those two know neither a command nor each other. */
  @Test
  void cli_itsRooms_knowEachOtherInOneDirection() {
    layeredArchitecture()
        .consideringOnlyDependenciesInAnyPackage("dev.mooring.cli..")
        .layer("cli")
        .definedBy("dev.mooring.cli")
        .layer("load")
        .definedBy("dev.mooring.cli.load")
        .layer("client")
        .definedBy("dev.mooring.cli.client")
        .layer("module")
        .definedBy("dev.mooring.cli.module")
        .layer("admin")
        .definedBy("dev.mooring.cli.admin")
        .layer("text")
        .definedBy("dev.mooring.cli.text")
        .layer("terminal")
        .definedBy("dev.mooring.cli.terminal")
        .whereLayer("cli")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("load")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("client")
        .mayOnlyBeAccessedByLayers("cli", "load")
        .whereLayer("module")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("admin")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("text")
        .mayNotAccessAnyLayer()
        .whereLayer("terminal")
        .mayNotAccessAnyLayer()
        .check(SERVER);
  }

  @Test
  void channels_areTheTransportsAlone() {
    noClasses()
        .that()
        .resideInAnyPackage("dev.mooring.server..", "dev.mooring.session..", "dev.mooring.guest..")
        .or()
        .resideInAnyPackage("dev.mooring.module..", "dev.mooring.cli..", "dev.mooring.access..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.netty.channel..")
        .check(SERVER);
  }

  /** What a guest is let in by, compiled to, run on, holds, and is stopped and heard by. */
  @Test
  void guest_itsRooms_knowEachOtherInOneDirection() {
    layeredArchitecture()
        .consideringOnlyDependenciesInAnyPackage("dev.mooring.guest..")
        .layer("guest")
        .definedBy("dev.mooring.guest")
        .layer("compile")
        .definedBy("dev.mooring.guest.compile")
        .layer("machine")
        .definedBy("dev.mooring.guest.machine")
        .layer("memory")
        .definedBy("dev.mooring.guest.memory")
        .layer("log")
        .definedBy("dev.mooring.guest.log")
        .layer("deadline")
        .definedBy("dev.mooring.guest.deadline")
        .layer("call")
        .definedBy("dev.mooring.guest.call")
        .layer("intake")
        .definedBy("dev.mooring.guest.intake")
        .whereLayer("guest")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("compile")
        .mayOnlyBeAccessedByLayers("guest")
        .whereLayer("machine")
        .mayOnlyBeAccessedByLayers("guest", "compile")
        .whereLayer("memory")
        .mayOnlyBeAccessedByLayers("guest", "compile", "machine")
        .whereLayer("log")
        .mayOnlyBeAccessedByLayers("guest", "machine")
        .whereLayer("deadline")
        .mayNotAccessAnyLayer()
        .whereLayer("call")
        .mayNotAccessAnyLayer()
        .whereLayer("intake")
        .mayNotAccessAnyLayer()
        .check(SERVER);
  }

  /** How guests run is the guest package's affair; which functions are too large, others know. */
  @Test
  void guest_itsInnerRooms_areItsAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.mooring.guest..")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                    "dev.mooring.guest.compile",
                    "dev.mooring.guest.machine",
                    "dev.mooring.guest.memory",
                    "dev.mooring.guest.deadline")
                .and(not(simpleName("LargeFunction"))))
        .check(SERVER);
  }

  @Test
  void engine_isTheCompilersAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.mooring.guest.compile")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.dylibso.chicory..", "org.objectweb.asm..")
        .check(SERVER);
  }

  /** What a module is and starts as is read from its bytes: no engine is asked. */
  @Test
  void intake_isPlainJava() {
    classes()
        .that()
        .resideInAPackage("dev.mooring.guest.intake..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "dev.mooring.guest.intake..", "dev.mooring.setting..", "java..", "org.jspecify..")
        .check(SERVER);
  }

  /** Who may come in is no matter of how they come, nor of what they run. */
  @Test
  void access_knowsNoneOfTheOthers() {
    noClasses()
        .that()
        .resideInAPackage("dev.mooring.access..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.mooring.session..", "dev.mooring.guest..", "dev.mooring.transport..", "io.netty..")
        .check(SERVER);
  }

  /** A state must be readable where no guest runs: a store's tools, another server. */
  @Test
  void state_isPlainJava() {
    classes()
        .that()
        .resideInAPackage("dev.mooring.state..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("dev.mooring.state..", "java..", "org.jspecify..")
        .check(SERVER);
  }

  /** Where records are kept is no matter of what they say; and which database, of nobody else. */
  @Test
  void store_knowsNoneOfTheOthers() {
    classes()
        .that()
        .resideInAPackage("dev.mooring.store..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "dev.mooring.store..",
            "dev.mooring.error..",
            "dev.mooring.setting..",
            "org.rocksdb..",
            "com.zaxxer.hikari..",
            "java..",
            "org.jspecify..",
            "org.slf4j..")
        .check(SERVER);
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.mooring.store..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.rocksdb..", "com.zaxxer.hikari..", "java.sql..")
        .check(SERVER);
    noClasses()
        .that()
        .resideInAPackage("dev.mooring.store")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.zaxxer.hikari..", "java.sql..")
        .check(SERVER);
  }

  /** What a file is comes before whatever it is for. */
  @Test
  void file_isPlainJava() {
    classes()
        .that()
        .resideInAPackage("dev.mooring.file..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("dev.mooring.file..", "dev.mooring.error..", "java..", "org.jspecify..")
        .check(SERVER);
  }

  @Test
  void protobuf_isNotTheGuestsNorTheSessions() {
    noClasses()
        .that()
        .resideInAnyPackage("dev.mooring.guest..", "dev.mooring.session..", "dev.mooring.module..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.google.protobuf..", "dev.mooring.proto..")
        .check(SERVER);
  }

  /** Frames are cut from any protocol's bytes, whatever is in them. */
  @Test
  void frames_knowNoMessages() {
    noClasses()
        .that()
        .resideInAPackage("dev.mooring.proto.frame..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.mooring.proto", "dev.mooring.proto.v1", "com.google.protobuf..")
        .check(SERVER);
  }

  /**
   * Another protocol is another package, and no change of what all share. WebSocket and gRPC are
   * other doors for the same messages, and take them from their own wire.
   */
  @Test
  void mooringsOwnProtocol_isItsWiresAlone() {
    noClasses()
        .that()
        .resideInAPackage("dev.mooring.transport..")
        .and()
        .resideOutsideOfPackages(
            "dev.mooring.transport.wire.mooring..", "dev.mooring.transport.wire.grpc..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.mooring.proto", "dev.mooring.proto.v1", "com.google.protobuf..")
        .check(SERVER);
    noClasses()
        .that()
        .resideInAPackage("dev.mooring.transport.*..")
        .and()
        .resideOutsideOfPackages(
            "dev.mooring.transport.wire.mooring..",
            "dev.mooring.transport.wire.websocket..",
            "dev.mooring.transport.wire.grpc..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.mooring.transport.wire.mooring..")
        .check(SERVER);
  }

  /** What measures the product is no part of it, and goes in by its public doors. */
  @Test
  void benchmarks_havePackagesOfTheirOwn() throws IOException {
    Path sources = Path.of("bench/java");
    Path own = sources.resolve("dev/mooring/bench");
    try (Stream<Path> files = Files.walk(sources)) {
      assertEquals(
          List.of(),
          files.filter(Files::isRegularFile).filter(file -> !file.startsWith(own)).toList());
    }
  }
}
