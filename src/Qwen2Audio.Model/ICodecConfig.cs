using Qwen2Audio.Model.Codec;

namespace Qwen2Audio.Model;

/// <summary>Sizes that every codec has.</summary>
public interface ICodecConfig
{
    /// <summary>Sampling rate in Hz.</summary>
    int SamplingRate { get; }

    /// <summary>Audio channels.</summary>
    int AudioChannels => 1;

    /// <summary>Samples of a row that the encoder's convolutions make.</summary>
    int Hop { get; }

    /// <summary>Samples of a frame.</summary>
    int SamplesPerFrame => Hop;

    /// <summary>Width of the quantised rows.</summary>
    int Dimension { get; }

    /// <summary>Stages of the quantiser: the number of codebooks.</summary>
    int Stages { get; }

    /// <summary>Entries of each codebook.</summary>
    int Entries { get; }

    /// <summary>The chunks that a sound is taken apart into; null: it is one sequence.</summary>
    CodecChunks? Chunks => null;

    /// <summary>Whether norms are over the whole sequence: then no frame is known before the sound has ended.</summary>
    bool SequenceNorm => false;

    /// <summary>Whether a sound (or chunk) is divided by its loudness, which is kept with the codes.</summary>
    bool Normalise => false;

    /// <summary>Bitrates in kbit/s for which the codec is made, each with the stages that give it; empty: any number of stages.</summary>
    IReadOnlyList<(double Kilobits, int Stages)> Bandwidths => [];

    /// <summary>Frames per second, those of overlapping chunks counted each.</summary>
    double FrameRate => (double)SamplingRate / SamplesPerFrame * (Chunks is { } chunks ? (double)chunks.Length / chunks.Stride : 1);
}
