// SPDX-License-Identifier: Apache-2.0
// The layers of every point: packed in blocks of points, unpacked when a point is looked at.

async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Response(stream).json();
}

export class LayerBlocks {
  constructor(pointsPerBlock) {
    this.pointsPerBlock = pointsPerBlock;
    this.blocks = new Map();
  }

  /** {layers, causes, cycles}; null for a point without layers. */
  async of(row) {
    const number = Math.floor(row / this.pointsPerBlock);
    if (!this.blocks.has(number)) {
      const element = document.getElementById(`block-${number}`);
      this.blocks.set(number, element ? unpacked(element.textContent) : Promise.resolve([]));
    }
    return (await this.blocks.get(number))[row % this.pointsPerBlock] ?? null;
  }
}
