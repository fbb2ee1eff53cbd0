"use strict";

/** Which records are shown and in which order. Nothing here touches the page. */
const Selection = {
  /** Names of methods that a program calls. */
  operations(text) {
    return new Set(Array.from(text.matchAll(/\.([A-Za-z_]\w{0,40})\s*\(/g), (found) => found[1]));
  },

  STRUCTURES: {
    "other bodies": (record) => Selection.differs(record, 0),
    "other holes": (record) => Selection.differs(record, 1),
    "other faces": (record) => Selection.differs(record, 2),
    "several bodies in the truth": (record) => record.structure_truth?.[0] > 1,
    "holes in the truth": (record) => record.structure_truth?.[1] > 0,
    "1 extrusion in the truth": (record) => record.extrusions === "1",
    "2 extrusions in the truth": (record) => record.extrusions === "2",
    "3 extrusions in the truth": (record) => record.extrusions === "3",
    "4 extrusions or more": (record) => record.extrusions === "4+",
  },

  differs(record, part) {
    const { structure, structure_truth: truth } = record;
    return Boolean(structure && truth) && structure[part] !== truth[part];
  },

  /** What records are sorted by: a number, or null where one has none. */
  key(record, name) {
    return (name in record.scores ? record.scores[name] : record[name]) ?? null;
  },

  /** The text that operations are looked for in: the reference's where it is known. */
  text(record, texts) {
    return texts[record.truth ?? record.code];
  },

  fits(record, texts, wanted) {
    if (wanted.text && !record.id.toLowerCase().includes(wanted.text.toLowerCase())) return false;
    if (wanted.run && String(record.run) !== wanted.run) return false;
    if (wanted.decoding && record.decoding !== wanted.decoding) return false;
    if (wanted.family && record.family !== wanted.family) return false;
    if (wanted.outcome === "failed" ? record.status === "ok" : wanted.outcome && record.outcome !== wanted.outcome) return false;
    if (wanted.structure && !Selection.STRUCTURES[wanted.structure](record)) return false;
    return !wanted.operation || Selection.operations(Selection.text(record, texts)).has(wanted.operation);
  },

  /** The records that fit, sorted; those without a value come last, equal ones stay in their order. */
  of(records, texts, wanted) {
    const found = records.filter((record) => Selection.fits(record, texts, wanted));
    if (!wanted.sort) return wanted.order === "down" ? found.reverse() : found;
    const sign = wanted.order === "down" ? -1 : 1;
    return found.sort((a, b) => {
      const [first, second] = [a, b].map((record) => Selection.key(record, wanted.sort));
      if (first === null || second === null) return (first === null) - (second === null);
      return sign * (first - second);
    });
  },
};
