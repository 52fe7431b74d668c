using System.Runtime.InteropServices;

namespace Qwen2Audio.Training.Distributed;

/// <summary>
/// Bindings to Open MPI (https://www.open-mpi.org/doc/v4.1/). Handles are addresses of the library's own objects, which
/// is Open MPI's convention; MPICH is therefore rejected. The library is loaded only if a run has more than one rank.
/// </summary>
internal static class Mpi
{
    /// <summary>MPI_THREAD_FUNNELED: only the thread that initialised MPI calls it.</summary>
    public const int Funneled = 1;

    private const string Library = "mpi";
    private const nint InPlace = 1;
    private static readonly Lazy<nint> Handle = new(Load);

    private static nint World => Symbol("ompi_mpi_comm_world");

    /// <summary>Starts MPI; returns this process's rank and the number of ranks.</summary>
    /// <exception cref="RanksException">The library is not installed, is not Open MPI, or does not start.</exception>
    public static (int Rank, int Count) Start()
    {
        if (Handle.Value == 0)
            throw new RanksException("Training with more than one rank needs Open MPI's library (libmpi.so), which is not installed. On Debian and Ubuntu: apt install openmpi-bin");
        if (!NativeLibrary.TryGetExport(Handle.Value, "ompi_mpi_comm_world", out _))
            throw new RanksException("The installed libmpi is not Open MPI, which is needed. On Debian and Ubuntu: apt install openmpi-bin");
        Check(MPI_Init_thread(0, 0, Funneled, out var provided), "MPI_Init_thread");
        if (provided < Funneled) throw new RanksException("This Open MPI was built without threads; one with MPI_THREAD_FUNNELED is needed.");
        Check(MPI_Comm_set_errhandler(World, Symbol("ompi_mpi_errors_return")), "MPI_Comm_set_errhandler");
        Check(MPI_Comm_rank(World, out var rank), "MPI_Comm_rank");
        Check(MPI_Comm_size(World, out var count), "MPI_Comm_size");
        return (rank, count);
    }

    /// <summary>Starts to replace elements with their sums over all ranks; <see cref="IsDone"/> says when it is complete.</summary>
    public static nint BeginSum(nint floats, int count)
    {
        Check(MPI_Iallreduce(InPlace, floats, count, Symbol("ompi_mpi_float"), Symbol("ompi_mpi_op_sum"), World, out var request), "MPI_Iallreduce");
        return request;
    }

    /// <summary>Makes progress and says whether the request is complete; it is then invalid.</summary>
    public static bool IsDone(ref nint request)
    {
        Check(MPI_Test(ref request, out var done, 0), "MPI_Test");
        return done != 0;
    }

    public static void Wait(ref nint request) => Check(MPI_Wait(ref request, 0), "MPI_Wait");

    public static void Sum(Span<double> values)
    {
        Check(MPI_Allreduce(InPlace, ref MemoryMarshal.GetReference(values), values.Length, Symbol("ompi_mpi_double"), Symbol("ompi_mpi_op_sum"), World), "MPI_Allreduce");
    }

    public static void Broadcast(Span<byte> bytes) =>
        Check(MPI_Bcast(ref MemoryMarshal.GetReference(bytes), bytes.Length, Symbol("ompi_mpi_byte"), 0, World), "MPI_Bcast");

    /// <summary>Starts a barrier; <see cref="IsDone"/> says when all ranks have reached it.</summary>
    public static nint BeginBarrier()
    {
        Check(MPI_Ibarrier(World, out var request), "MPI_Ibarrier");
        return request;
    }

    public static void Stop() => Check(MPI_Finalize(), "MPI_Finalize");

    private static nint Symbol(string name) => NativeLibrary.GetExport(Handle.Value, name);

    private static void Check(int result, string call)
    {
        if (result != 0) throw new RanksException($"{call} of Open MPI failed with error {result}.");
    }

    private static nint Load()
    {
        nint handle = 0;
        foreach (var name in new[] { "libmpi.so.40", "libmpi.so.80", "libmpi.so", "libmpi.dylib" })
            if (NativeLibrary.TryLoad(name, typeof(Mpi).Assembly, null, out handle)) break;
        if (handle != 0) NativeLibrary.SetDllImportResolver(typeof(Mpi).Assembly, (name, _, _) => name == Library ? handle : 0);
        return handle;
    }

    [DllImport(Library)]
    private static extern int MPI_Init_thread(nint argc, nint argv, int required, out int provided);

    [DllImport(Library)]
    private static extern int MPI_Comm_set_errhandler(nint communicator, nint handler);

    [DllImport(Library)]
    private static extern int MPI_Comm_rank(nint communicator, out int rank);

    [DllImport(Library)]
    private static extern int MPI_Comm_size(nint communicator, out int size);

    [DllImport(Library)]
    private static extern int MPI_Iallreduce(nint send, nint receive, int count, nint type, nint operation, nint communicator, out nint request);

    [DllImport(Library)]
    private static extern int MPI_Allreduce(nint send, ref double receive, int count, nint type, nint operation, nint communicator);

    [DllImport(Library)]
    private static extern int MPI_Bcast(ref byte buffer, int count, nint type, int root, nint communicator);

    [DllImport(Library)]
    private static extern int MPI_Test(ref nint request, out int done, nint status);

    [DllImport(Library)]
    private static extern int MPI_Wait(ref nint request, nint status);

    [DllImport(Library)]
    private static extern int MPI_Ibarrier(nint communicator, out nint request);

    [DllImport(Library)]
    private static extern int MPI_Finalize();
}
