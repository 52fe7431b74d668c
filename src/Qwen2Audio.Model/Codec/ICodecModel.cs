namespace Qwen2Audio.Model.Codec;

/// <summary>A codec: audio → frames → codes, and back. With a state, audio and frames may come in pieces.</summary>
public interface ICodecModel
{
    /// <summary>Sizes.</summary>
    ICodecConfig Config { get; }

    /// <summary>Minimum number of stages.</summary>
    int MinStages { get; }

    /// <summary>[samples, audio channels] → [frames, dimension]; the layout becomes that of the frames.</summary>
    T Encode<T>(IOps<T> ops, T samples, ref Layout rows, IState? state = null);

    /// <summary>Quantises frames to codes [frames, stages] of the first <paramref name="stages"/> stages; returns the dequantised frames [frames, dimension].</summary>
    T Quantise<T>(IOps<T> ops, T frames, int stages, Span<int> codes);

    /// <summary>Codes [frames, stages] → frames [frames, dimension].</summary>
    T Frames<T>(IOps<T> ops, ReadOnlySpan<int> codes, int stages);

    /// <summary>[frames, dimension] → [samples, audio channels]; the layout becomes that of the samples.</summary>
    T Decode<T>(IOps<T> ops, T frames, ref Layout rows, IState? state = null);
}
