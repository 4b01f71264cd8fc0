// Decodes pose-edge's binary landmark message in browsers and Node 18 or later; docs/wire-format.md is the specification.

const VERSION = 1, HEADER_BYTES = 16, PERSON_BYTES = 155, LANDMARKS = 33;

/**
 * Decode one message as it came from MQTT.
 *
 * @param {ArrayBuffer | ArrayBufferView} data The payload; a Node Buffer or a Uint8Array will do.
 * @returns {{seq: number, time_ms: number, width: number, height: number, people: {id: number, predicted: boolean,
 *   confidence: number, landmarks: number[][]}[]}} A landmark is [x, y, z, visibility]; x and y are shares of the frame.
 * @throws {RangeError} The bytes are not a whole message of version 1; the text says why.
 */
export function decode(data) {
  const view = ArrayBuffer.isView(data)
    ? new DataView(data.buffer, data.byteOffset, data.byteLength)
    : new DataView(data);
  const size = view.byteLength;
  if (size === 0) throw new RangeError("empty message");
  const version = view.getUint8(0);
  if (version !== VERSION) {
    throw new RangeError(`version ${version} of the landmark message is not known: this decoder reads ${VERSION}`);
  }
  if (size < HEADER_BYTES) throw new RangeError(`cut off: ${size} bytes, and the header alone has ${HEADER_BYTES}`);
  const count = view.getUint8(1);
  const expected = HEADER_BYTES + count * PERSON_BYTES;
  if (size !== expected) {
    const fault = size < expected ? "cut off" : "too long";
    throw new RangeError(`${fault}: ${size} bytes, and ${count} people take ${expected}`);
  }
  return {
    seq: view.getUint32(6, true),
    time_ms: view.getUint32(10, true) + view.getUint16(14, true) * 2 ** 32,
    width: view.getUint16(2, true),
    height: view.getUint16(4, true),
    people: Array.from({ length: count }, (_, i) => person(view, HEADER_BYTES + i * PERSON_BYTES)),
  };
}

function person(view, at) {
  const landmarks = Array.from({ length: LANDMARKS }, (_, i) => {
    const word = view.getUint32(at + 6 + 4 * i, true);
    const pair = view.getUint8(at + 138 + (i >> 1));
    return [
      (word & 0xfff) / 2048 - 0.5,
      ((word >>> 12) & 0x1fff) / 2048 - 1,
      (word >>> 25) / 32 - 2,
      (i & 1 ? pair >> 4 : pair & 15) / 15,
    ];
  });
  return {
    id: view.getUint32(at, true),
    predicted: (view.getUint8(at + 4) & 1) === 1,
    confidence: view.getUint8(at + 5) / 255,
    landmarks,
  };
}
