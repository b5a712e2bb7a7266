using System.Runtime.InteropServices;

namespace DistributedTraining;

/// <summary>The functions of Open MPI's C library that the program calls. Each returns 0 if it succeeded.</summary>
/// <remarks>
/// Open MPI's handles, such as MPI_COMM_WORLD, are addresses of variables of its library. Other implementations, such as MPICH, have another
/// binary interface; their libraries have other names, so they are not loaded by mistake.
/// </remarks>
static partial class Mpi
{
    const string Name = "mpi";

    /// <summary>What a thread may call: MPI_THREAD_SERIALIZED, any thread, one at a time.</summary>
    internal const int Serialized = 2;

    /// <summary>MPI_IN_PLACE: the input is where the output goes.</summary>
    internal static readonly nint InPlace = 1;

    // Open MPI 3 to 5 have this binary interface.
    static readonly string[] s_files = OperatingSystem.IsMacOS() ? ["libmpi.40.dylib", "/opt/homebrew/lib/libmpi.40.dylib"] : ["libmpi.so.40"];

    static nint s_library;

    /// <summary>MPI_COMM_WORLD: all ranks that mpirun started.</summary>
    internal static nint World { get; private set; }

    /// <summary>MPI_BYTE.</summary>
    internal static nint Byte { get; private set; }

    /// <summary>Loads the library.</summary>
    /// <exception cref="DllNotFoundException">It is not installed. The message says how to install it.</exception>
    internal static void Load()
    {
        foreach (string file in s_files)
            if (NativeLibrary.TryLoad(file, out s_library)) break;
        if (s_library == 0)
            throw new DllNotFoundException(
                $"Open MPI's library ({s_files[0]}) was not found. On Debian and Ubuntu: apt-get install openmpi-bin; " +
                "on macOS: brew install open-mpi. MPICH has another binary interface and does not fit.");
        NativeLibrary.SetDllImportResolver(typeof(Mpi).Assembly, static (name, _, _) => name == Name ? s_library : 0);
        (World, Byte) = (NativeLibrary.GetExport(s_library, "ompi_mpi_comm_world"), NativeLibrary.GetExport(s_library, "ompi_mpi_byte"));
    }

    [LibraryImport(Name, EntryPoint = "MPI_Init_thread")]
    internal static partial int InitThread(nint argc, nint argv, int required, out int provided);

    [LibraryImport(Name, EntryPoint = "MPI_Comm_rank")]
    internal static partial int Rank(nint communicator, out int rank);

    [LibraryImport(Name, EntryPoint = "MPI_Comm_size")]
    internal static partial int Size(nint communicator, out int size);

    [LibraryImport(Name, EntryPoint = "MPI_Get_library_version")]
    internal static partial int LibraryVersion(Span<byte> version, out int length);

    [LibraryImport(Name, EntryPoint = "MPI_Barrier")]
    internal static partial int Barrier(nint communicator);

    [LibraryImport(Name, EntryPoint = "MPI_Bcast")]
    internal static partial int Broadcast(Span<byte> values, int count, nint type, int root, nint communicator);

    [LibraryImport(Name, EntryPoint = "MPI_Ialltoall")]
    internal static partial int AllToAll(
        ReadOnlySpan<byte> send, int sendCount, nint sendType, Span<byte> receive, int receiveCount, nint receiveType, nint communicator, out nint request);

    [LibraryImport(Name, EntryPoint = "MPI_Iallgather")]
    internal static partial int AllGather(
        nint send, int sendCount, nint sendType, Span<byte> receive, int receiveCount, nint receiveType, nint communicator, out nint request);

    [LibraryImport(Name, EntryPoint = "MPI_Test")]
    internal static partial int Test(ref nint request, out int isDone, nint status);

    [LibraryImport(Name, EntryPoint = "MPI_Abort")]
    internal static partial int Abort(nint communicator, int exitCode);

    [LibraryImport(Name, EntryPoint = "MPI_Finalize")]
    internal static partial int Finish();
}
