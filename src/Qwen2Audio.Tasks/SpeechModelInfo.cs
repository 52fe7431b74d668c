using Qwen2Audio.Model;

namespace Qwen2Audio.Tasks;

/// <summary>What a loaded model is.</summary>
public sealed record SpeechModelInfo
{
    /// <summary>The folder that it was loaded from.</summary>
    public required string Path { get; init; }

    /// <summary>model_type of config.json.</summary>
    public required string Kind { get; init; }

    /// <summary>Sizes.</summary>
    public required Qwen2AudioConfig Config { get; init; }

    /// <summary>Numbers in all tensors.</summary>
    public required long Parameters { get; init; }

    /// <summary>Bytes of all tensors as stored.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>Samples a second that audio is brought to.</summary>
    public required int SampleRate { get; init; }

    /// <summary>Encoder rows a second, those of the CTC head; the decoder sees half of them.</summary>
    public required double RowsPerSecond { get; init; }

    /// <summary>Closed label sets by task.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> LabelSets { get; init; }

    /// <summary>Width of the beam searches unless told otherwise.</summary>
    public required int CtcBeam { get; init; }

    /// <summary>Share of the CTC score, the rest being the decoder's, unless told otherwise.</summary>
    public required double CtcWeight { get; init; }

    /// <summary>Threads in use.</summary>
    public required int Threads { get; init; }

    /// <summary>How the text is chosen, for people.</summary>
    public string Decoding => string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"{CtcBeam} candidates of the CTC beam search, chosen by {CtcWeight:0.##} · CTC + {1 - CtcWeight:0.##} · decoder log probability");
}
