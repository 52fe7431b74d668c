using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Model.Ops;

namespace Qwen2Audio.Inference.Parity;

/// <summary>
/// The inputs of expected.safetensors as a batch without padding: the positions of each recorded row whose mask is 1,
/// concatenated. <see cref="Places"/> maps each of our rows to its place in the recorded [batch, positions].
/// </summary>
internal sealed class Recording : RecordedTensors
{
    /// <summary>Input ids of decoder-only models.</summary>
    public const string Ids = "input_ids";

    /// <summary>Input ids of encoder-decoder models.</summary>
    public const string DecoderIds = "decoder_input_ids";

    private const string Mask = "attention_mask";
    private const string DecoderMask = "decoder_attention_mask";

    private Recording(SafetensorsFile file)
        : base(file)
    {
        var (idsName, maskName) = Has(DecoderIds) ? (DecoderIds, DecoderMask) : (Ids, Mask);
        var shape = Shape(idsName, 2);
        (Batch, Positions) = (shape[0], shape[1]);
        var ids = file.ReadInt32s(idsName);
        var mask = Has(maskName) ? file.ReadInt32s(maskName) : [.. Enumerable.Repeat(1, ids.Length)];
        Expect(maskName, Has(maskName) ? Shape(maskName, 2) : shape, shape);
        Places = [.. Enumerable.Range(0, ids.Length).Where(place => mask[place] != 0)];
        var lengths = new int[Batch];
        foreach (var place in Places) lengths[place / Positions]++;
        TokenIds = [.. Places.Select(place => ids[place])];
        Rows = Layout.Of(lengths);
    }

    public int Batch { get; }

    /// <summary>Positions per recorded row, padding included.</summary>
    public int Positions { get; }

    /// <summary>For each of our rows, sequence · Positions + position in the recording.</summary>
    public IReadOnlyList<int> Places { get; }

    public int[] TokenIds { get; }

    public Layout Rows { get; }

    public static new Recording Open(string folder) => Open(folder, file => new Recording(file));
}
