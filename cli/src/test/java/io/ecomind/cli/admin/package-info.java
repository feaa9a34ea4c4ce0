@NullMarked
package io.ecomind.cli.admin;

import org.jspecify.annotations.NullMarked;
