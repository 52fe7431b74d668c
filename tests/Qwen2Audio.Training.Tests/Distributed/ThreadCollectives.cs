using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Training.Distributed;

namespace Qwen2Audio.Training.Tests.Distributed;

/// <summary>
/// Collectives between threads of this process. As in MPI, sums are matched by the order in which each rank starts them,
/// and one is complete only when all ranks have started it.
/// </summary>
internal sealed class ThreadCollectives : ICollectives
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private readonly Meeting _meeting;
    private readonly Dictionary<nint, (int Call, Action<Array> Take)> _open = [];
    private int _calls;
    private nint _requests;

    private ThreadCollectives(Meeting meeting) => _meeting = meeting;

    /// <summary>Lengths of the gradient sums, in the order in which this rank started them.</summary>
    public List<int> StartSignal { get; } = [];

    public nint BeginSum(Matrix values)
    {
        StartSignal.Add(values.Columns);
        var call = _meeting.Put(_calls++, values.Span.ToArray());
        _open.Add(++_requests, (call, sum => ((float[])sum).CopyTo(values.Span)));
        return _requests;
    }

    public bool IsDone(ref nint request)
    {
        var (call, take) = _open[request];
        if (_meeting.TrySum(call, TimeSpan.Zero) is not { } sum) return false;
        take(sum);
        _open.Remove(request);
        request = 0;
        return true;
    }

    public void Wait(ref nint request)
    {
        var (call, take) = _open[request];
        take(_meeting.TrySum(call, Patience) ?? throw new TimeoutException("Another rank has ended."));
        _open.Remove(request);
        request = 0;
    }

    public void Meet() => Sum([]);

    public void Sum(Span<double> values) => Exchange(values.ToArray()).CopyTo(values);

    // all but rank 0 add nothing
    public void Broadcast(Span<byte> bytes)
    {
        var mine = new double[bytes.Length];
        if (_meeting.IsFirst(this))
            for (var i = 0; i < bytes.Length; i++) mine[i] = bytes[i];
        var all = Exchange(mine);
        for (var i = 0; i < bytes.Length; i++) bytes[i] = (byte)all[i];
    }

    public void Stop()
    {
    }

    private double[] Exchange(double[] mine) =>
        (double[])(_meeting.TrySum(_meeting.Put(_calls++, mine), Patience) ?? throw new TimeoutException("Another rank has ended."));

    /// <summary>What the threads share.</summary>
    internal sealed class Meeting
    {
        private readonly ThreadCollectives[] _ranks;
        private readonly List<(Array Sum, int Put)> _calls = [];

        public Meeting(int count) => _ranks = [.. Enumerable.Range(0, count).Select(_ => new ThreadCollectives(this))];

        public ThreadCollectives Of(int rank) => _ranks[rank];

        public bool IsFirst(ThreadCollectives exchange) => _ranks[0] == exchange;

        /// <summary>Returns once this many calls have begun.</summary>
        public void WaitFor(int calls)
        {
            lock (_calls)
                while (_calls.Count < calls)
                    if (!Monitor.Wait(_calls, Patience)) throw new TimeoutException("No rank has begun an exchange.");
        }

        /// <summary>A rank's addend of a call; calls are numbered from 0.</summary>
        public int Put(int call, Array mine)
        {
            lock (_calls)
            {
                if (call == _calls.Count) _calls.Add((mine, 1));
                else
                {
                    var (sum, put) = _calls[call];
                    if (sum.GetType() != mine.GetType() || sum.Length != mine.Length) throw new InvalidOperationException("Ranks begin different exchanges.");
                    for (var i = 0; i < mine.Length; i++)
                        if (sum is float[] floats) floats[i] += ((float[])mine)[i];
                        else ((double[])sum)[i] += ((double[])mine)[i];
                    _calls[call] = (sum, put + 1);
                }

                Monitor.PulseAll(_calls);
                return call;
            }
        }

        /// <summary>The sum once all have contributed; null if they have not within that time.</summary>
        public Array? TrySum(int call, TimeSpan patience)
        {
            lock (_calls)
            {
                while (_calls[call].Put < _ranks.Length)
                    if (patience == TimeSpan.Zero || !Monitor.Wait(_calls, patience)) return null;
                return _calls[call].Sum;
            }
        }
    }
}
