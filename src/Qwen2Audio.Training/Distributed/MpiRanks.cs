using Qwen2Audio.Training.Ops;

namespace Qwen2Audio.Training.Distributed;

/// <summary>Ranks started by <c>mpirun</c>. Use it only on the thread that created it.</summary>
internal sealed class MpiRanks : IRanks
{
    private const int AddressBytes = 1024;
    private readonly Dictionary<ParameterSet, GradientBuckets> _buckets = [];
    private readonly HashSet<ParameterSet> _observed = [];
    private readonly ICollectives _exchange;
    private readonly RankHeartbeats _watch;
    private bool _finished;

    public MpiRanks(int rank, int count, ICollectives exchange, RankHeartbeats watch) => (Rank, Count, _exchange, _watch) = (rank, count, exchange, watch);

    /// <summary>Number of ranks according to mpirun; 1 without mpirun.</summary>
    public static int Announced => int.TryParse(Environment.GetEnvironmentVariable("OMPI_COMM_WORLD_SIZE"), CultureInfo.InvariantCulture, out var count) && count > 1 ? count : 1;

    /// <inheritdoc cref="IRanks.Join"/>
    public static MpiRanks Join(RankTimeouts patience, Action<string> lost, Action<string> warn)
    {
        var (rank, count) = Mpi.Start();
        using var watching = rank == 0 ? RankRendezvous.Listen() : null;
        var address = new byte[AddressBytes];
        if (watching is not null && Encoding.UTF8.GetBytes(watching.Addresses) is var text && text.Length <= AddressBytes) text.CopyTo(address, 0);
        Mpi.Broadcast(address);
        var addresses = Encoding.UTF8.GetString(address).TrimEnd('\0');
        var watch = watching is not null ? watching.Accept(count, patience, lost, warn) : RankRendezvous.Join(addresses, rank, patience, lost, rank == 1 ? warn : null);
        return new MpiRanks(rank, count, new MpiCollectives(), watch);
    }

    public int Rank { get; }

    public int Count { get; }

    public void Enter(RankActivity section, long step) => _watch.Enter(section, step);

    public void Sum(Span<double> values)
    {
        Meet();
        _exchange.Sum(values);
    }

    public void Broadcast(Span<byte> bytes)
    {
        const int piece = 1 << 28; // counts are int
        Meet();
        for (var at = 0; at < bytes.Length; at += piece) _exchange.Broadcast(bytes.Slice(at, Math.Min(piece, bytes.Length - at)));
    }

    public IBackwardObserver Observe(ParameterSet parameters)
    {
        var buckets = Of(parameters);
        buckets.Begin();
        _observed.Add(parameters);
        return buckets;
    }

    public bool FinishGradients(ParameterSet parameters)
    {
        var buckets = Of(parameters);
        if (!_observed.Remove(parameters)) buckets.Begin();
        return buckets.Finish();
    }

    public void Finish()
    {
        Meet(); // a rank that leaves before this point counts as lost: rank 0 may still be evaluating
        _watch.Finish();
        _exchange.Stop();
        _finished = true;
    }

    public void Dispose()
    {
        // without Finish the others learn that this rank ended early
        _watch.Dispose(ended: _finished);
    }

    // a waiting rank says so: another one keeps it waiting, and may be slow or lost
    private void Meet()
    {
        var (section, step) = _watch.Wait();
        _exchange.Meet();
        _watch.Enter(section, step);
    }

    private GradientBuckets Of(ParameterSet parameters)
    {
        if (!_buckets.TryGetValue(parameters, out var buckets)) _buckets.Add(parameters, buckets = new GradientBuckets(parameters, _exchange));
        return buckets;
    }
}
