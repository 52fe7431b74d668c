using System.Runtime.InteropServices;
using Qwen2Audio.Training.Data;

namespace Qwen2Audio.Training.Speech.Sampling;

/// <summary>
/// Batches of a training run. Batch b is a pure function of the options and b: the examples of pool b / <see cref="BatchSamplerOptions.PoolBatches"/> are
/// drawn, sorted by length, cut into batches and shuffled. A run can therefore resume at any batch. For one caller at a time; consecutive batches
/// are cheapest.
/// </summary>
internal sealed class BatchSampler
{
    private const long DrawsPerPool = 1 << 20;
    private const ulong OrderStream = 0x6F72646572;
    private readonly ExampleBuilder _builder;
    private readonly BatchSamplerOptions _options;
    private (PoolKey Key, TrainingExample[][] Pool)? _current;

    /// <summary>Creates batches of a builder's examples.</summary>
    /// <exception cref="ArgumentException">Phases are not in order, or name a dataset without clips.</exception>
    public BatchSampler(ExampleBuilder builder, BatchSamplerOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.MaxFrames, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.PoolBatches, nameof(options));
        if (options.Phases.Count == 0 || options.Phases[0].FirstBatch != 0) throw new ArgumentException("The first phase must begin at batch 0.", nameof(options));
        for (var i = 1; i < options.Phases.Count; i++)
            if (options.Phases[i].FirstBatch <= options.Phases[i - 1].FirstBatch)
                throw new ArgumentException($"Phase {i} begins at batch {options.Phases[i].FirstBatch}, not after phase {i - 1}.", nameof(options));
        foreach (var phase in options.Phases) builder.Check(phase);
        (_builder, _options) = (builder, options);
    }

    /// <summary>Number of batches per pool.</summary>
    public int PoolBatches => _options.PoolBatches;

    /// <summary>The examples of a step, over all ranks: one or more of similar length.</summary>
    public IReadOnlyList<TrainingExample> Step(long step, CancellationToken cancellation = default)
    {
        var key = KeyOf(step);
        if (_current?.Key != key)
        {
            _current = null; // frees the old pool first, to save memory
            _current = (key, Draw(key, cancellation));
        }

        return _current.Value.Pool[step % _options.PoolBatches];
    }

    private PoolKey KeyOf(long batch)
    {
        var phase = _options.Phases.Count - 1;
        while (_options.Phases[phase].FirstBatch > batch) phase--;
        return new PoolKey(batch / _options.PoolBatches, phase);
    }

    private TrainingExample[][] Draw(PoolKey key, CancellationToken cancellation)
    {
        var phase = _options.Phases[key.Phase];
        var strength = phase.Strength(Math.Max(phase.FirstBatch, key.Pool * _options.PoolBatches));
        var examples = new List<TrainingExample>();
        long frames = 0;
        var wanted = (long)_options.PoolBatches * _options.MaxFrames;
        List<TrainingExample[]> batches;
        do
        {
            // cutting wastes about half an example per batch: draw until there are enough batches
            for (var least = examples.Count + 8; frames < wanted * 15 / 16 || examples.Count < least;)
            {
                if (examples.Count >= DrawsPerPool) throw new InvalidOperationException($"{DrawsPerPool} examples do not fill {_options.PoolBatches} batches.");
                cancellation.ThrowIfCancellationRequested();
                examples.Add(_builder.Build((key.Pool * DrawsPerPool) + examples.Count, phase, strength));
                frames += examples[^1].Frames;
            }

            batches = Cut(examples);
        }
        while (batches.Count < _options.PoolBatches);
        var random = new CounterRandom(_options.Seed ^ OrderStream, (ulong)key.Pool);
        random.Shuffle(CollectionsMarshal.AsSpan(batches));
        return [.. batches.Take(_options.PoolBatches)];
    }

    private List<TrainingExample[]> Cut(List<TrainingExample> examples)
    {
        var batches = new List<TrainingExample[]>();
        var batch = new List<TrainingExample>();
        var frames = 0;
        foreach (var example in examples.OrderBy(example => example.Frames)) // a stable sort
        {
            if (batch.Count > 0 && frames + example.Frames > _options.MaxFrames)
            {
                batches.Add([.. batch]);
                batch.Clear();
                frames = 0;
            }

            batch.Add(example);
            frames += example.Frames;
        }

        if (batch.Count > 0) batches.Add([.. batch]);
        return batches;
    }

    private readonly record struct PoolKey(long Pool, int Phase);
}
