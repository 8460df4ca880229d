package dev.mooring.server.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/**
 * Tests that wait for processes of their own, a browser's or servers', and judge no time: they may
 * run beside others of their kind.
 */
@Tag("patient")
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface Patient {}
