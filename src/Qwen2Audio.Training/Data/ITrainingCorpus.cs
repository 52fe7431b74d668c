using Qwen2Audio.Training.Data.Sources;

namespace Qwen2Audio.Training.Data;

/// <summary>What is reported about the recordings of a run.</summary>
public interface ITrainingCorpus
{
    /// <summary>Number of training recordings.</summary>
    int Recordings { get; }

    /// <summary>Their length.</summary>
    double Seconds { get; }

    /// <summary>Number of validation recordings.</summary>
    int Measured { get; }

    /// <summary>Unusable rows.</summary>
    IReadOnlyList<ClipFailure> Failures { get; }

    /// <summary>Warnings about unused parts of the sources.</summary>
    IReadOnlyList<string> Warnings { get; }
}
