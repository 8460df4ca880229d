package dev.mooring.server.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/**
 * Tests of what the JVM makes of a guest's code: they run where it optimizes, as in production.
 * Others do without, which is quicker.
 */
@Tag("optimized")
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface Optimized {}
