using Qwen2Audio.Training.Losses;

namespace Qwen2Audio.Training.Data;

/// <summary>Sequences one behind the other without padding, as models take them: <c>Layout.Of(batch.Lengths)</c>.</summary>
public sealed record TokenBatch
{
    /// <summary>The step that it is for.</summary>
    public long Step { get; init; }

    /// <summary>All tokens.</summary>
    public required int[] Ids { get; init; }

    /// <summary>
    /// For each row the token that follows it in its sequence, or <see cref="CrossEntropyLoss.LeftOut"/>: what
    /// <see cref="CrossEntropyLoss"/> takes.
    /// </summary>
    public required int[] Targets { get; init; }

    /// <summary>Rows of each sequence.</summary>
    public required int[] Lengths { get; init; }

    /// <summary>All clips in the order of their places: mono, 16 kHz.</summary>
    public required IReadOnlyList<float[]> Clips { get; init; }

    /// <summary>Placeholders of each clip.</summary>
    public required IReadOnlyList<int> ClipRows { get; init; }

    /// <summary>Clips of each sequence.</summary>
    public required int[] ClipCounts { get; init; }

    /// <summary>Which sample each sequence is.</summary>
    public IReadOnlyList<DrawnSample> Samples { get; init; } = [];

    /// <summary>Samples of the step that could not be loaded and are left out.</summary>
    public IReadOnlyList<SkippedSample> Skipped { get; init; } = [];

    /// <summary>Rows that have a target.</summary>
    public int TargetCount => Targets.Length - Targets.AsSpan().Count(CrossEntropyLoss.LeftOut);

    /// <summary>Puts sequences one behind the other; there may be none.</summary>
    public static TokenBatch Of(params IReadOnlyList<TokenSequence> sequences)
    {
        var rows = sequences.Sum(sequence => sequence.Ids.Length);
        var (ids, targets, lengths) = (new int[rows], new int[rows], new int[sequences.Count]);
        Array.Fill(targets, CrossEntropyLoss.LeftOut);
        var at = 0;
        for (var i = 0; i < lengths.Length; i++)
        {
            var sequence = sequences[i];
            if (sequence.Labels.Length != sequence.Ids.Length)
                throw new ArgumentException($"Sequence {i} has {sequence.Ids.Length} tokens and {sequence.Labels.Length} labels.", nameof(sequences));
            sequence.Ids.CopyTo(ids, at);
            if (sequence.Labels.Length > 1) sequence.Labels.AsSpan(1).CopyTo(targets.AsSpan(at));
            at += lengths[i] = sequence.Ids.Length;
        }

        return new TokenBatch
        {
            Ids = ids,
            Targets = targets,
            Lengths = lengths,
            Clips = [.. sequences.SelectMany(sequence => sequence.Clips)],
            ClipRows = [.. sequences.SelectMany(sequence => sequence.ClipRows)],
            ClipCounts = [.. sequences.Select(sequence => sequence.Clips.Count)],
        };
    }

    internal IReadOnlyList<float[]> ClipsOf(int sequence) => [.. Clips.Skip(ClipCounts.AsSpan(0, sequence).ToArray().Sum()).Take(ClipCounts[sequence])];

    internal IReadOnlyList<int> ClipRowsOf(int sequence) => [.. ClipRows.Skip(ClipCounts.AsSpan(0, sequence).ToArray().Sum()).Take(ClipCounts[sequence])];
}

/// <summary>Pairs of sequences: sequence i of the one batch is preferred to sequence i of the other. Both have the same clips.</summary>
public sealed record PreferenceBatch(TokenBatch Chosen, TokenBatch Rejected);
