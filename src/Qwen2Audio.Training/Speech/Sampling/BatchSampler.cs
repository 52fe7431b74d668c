using System.Runtime.InteropServices;
using Qwen2Audio.Training.Data;

namespace Qwen2Audio.Training.Speech.Sampling;

/// <summary>
/// Batches of a training run. Batch b is a pure function of the options and b: pool b / <see cref="BatchSamplerOptions.PoolBatches"/> is
/// drawn, sorted by length, cut and shuffled. So one number, <see cref="State"/>, resumes a run at any batch. For one caller at a time.
/// </summary>
internal sealed class BatchSampler
{
    private const long DrawsPerPool = 1 << 20;
    private const ulong OrderStream = 0x6F72646572;
    private readonly ExampleMaker _maker;
    private readonly BatchSamplerOptions _options;
    private (PoolKey Key, Task<TrainingExample[][]> Pool)? _current;
    private (PoolKey Key, Task<TrainingExample[][]> Pool)? _next;

    /// <summary>Batches of examples from a maker.</summary>
    /// <exception cref="ArgumentException">Phases are not in order or name a collection of which there is no clip.</exception>
    public BatchSampler(ExampleMaker maker, BatchSamplerOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.MaxFrames, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.PoolBatches, nameof(options));
        if (options.Phases.Count == 0 || options.Phases[0].FirstBatch != 0) throw new ArgumentException("The first phase must begin at batch 0.", nameof(options));
        for (var i = 1; i < options.Phases.Count; i++)
            if (options.Phases[i].FirstBatch <= options.Phases[i - 1].FirstBatch)
                throw new ArgumentException($"Phase {i} begins at batch {options.Phases[i].FirstBatch}, not after phase {i - 1}.", nameof(options));
        foreach (var phase in options.Phases) maker.Check(phase);
        (_maker, _options) = (maker, options);
    }

    /// <summary>Number of the batch that <see cref="Next"/> gives next: what must be kept to resume.</summary>
    public long State { get; private set; }

    /// <summary>Goes on from a batch number.</summary>
    public void Restore(long state)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(state);
        State = state;
    }

    /// <summary>The next batch.</summary>
    public TrainingBatch Next()
    {
        var key = KeyOf(State);
        if (_current?.Key != key)
        {
            _current = _next?.Key == key ? _next : (key, Task.FromResult(Draw(key)));
            _next = null;
        }

        var pool = _current!.Value.Pool.GetAwaiter().GetResult();
        if (_options.Prefetch && _next is null)
        {
            var following = KeyOf(EndOf(key));
            _next = (following, Task.Run(() => Draw(following)));
        }

        var batch = new TrainingBatch(State, pool[State % _options.PoolBatches]);
        State++;
        return batch;
    }

    private PoolKey KeyOf(long batch)
    {
        var phase = _options.Phases.Count - 1;
        while (_options.Phases[phase].FirstBatch > batch) phase--;
        return new PoolKey(batch / _options.PoolBatches, phase);
    }

    // a pool ends where the next begins, or where the next phase begins
    private long EndOf(PoolKey key)
    {
        var end = (key.Pool + 1) * _options.PoolBatches;
        return key.Phase + 1 < _options.Phases.Count ? Math.Min(end, _options.Phases[key.Phase + 1].FirstBatch) : end;
    }

    private TrainingExample[][] Draw(PoolKey key)
    {
        var phase = _options.Phases[key.Phase];
        var strength = phase.Strength(Math.Max(phase.FirstBatch, key.Pool * _options.PoolBatches));
        var examples = new List<TrainingExample>();
        long frames = 0;
        var wanted = (long)_options.PoolBatches * _options.MaxFrames;
        List<TrainingExample[]> batches;
        do
        {
            // what cutting leaves unused is about the half of an example a batch: draw until the batches suffice
            for (var least = examples.Count + 8; frames < wanted * 15 / 16 || examples.Count < least;)
            {
                if (examples.Count >= DrawsPerPool) throw new InvalidOperationException($"{DrawsPerPool} examples do not fill {_options.PoolBatches} batches.");
                examples.Add(_maker.Make((key.Pool * DrawsPerPool) + examples.Count, phase, strength));
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
        foreach (var example in examples.OrderBy(example => example.Frames)) // stable
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
