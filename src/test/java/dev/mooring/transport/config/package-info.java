@NullMarked
package dev.mooring.transport.config;

import org.jspecify.annotations.NullMarked;
