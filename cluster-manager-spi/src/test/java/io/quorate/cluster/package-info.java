/** Vert.x's conformance kit and what it leaves out, each class with a store of its own. */
package io.quorate.cluster;
