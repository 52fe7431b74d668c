using Qwen2Audio.Formats;

namespace Qwen2Audio.Hub;

/// <summary>A model cannot be found or downloaded. The message says what was requested, what was found and what to do; it never contains an access token.</summary>
public sealed class HubException : Exception
{
    internal HubException(HubFault fault, string message, Exception? inner = null)
        : base(MessageText.Short(message), inner) => Fault = fault;

    /// <summary>The kind of fault.</summary>
    public HubFault Fault { get; }
}

/// <summary>Kinds of <see cref="HubException"/>.</summary>
public enum HubFault
{
    /// <summary>An invalid name, revision, endpoint or token.</summary>
    Usage,

    /// <summary>No such repository, revision or file, or none that matches the selection.</summary>
    NotFound,

    /// <summary>The model is neither a folder nor in the cache.</summary>
    NotInCache,

    /// <summary>The repository needs an account with access to it.</summary>
    Access,

    /// <summary>The endpoint's response is invalid, or must not be followed.</summary>
    InvalidResponse,

    /// <summary>A file does not have the checksum that the endpoint gives.</summary>
    Checksum,

    /// <summary>The endpoint does not respond, or keeps failing.</summary>
    Network,

    /// <summary>There is not enough disk space.</summary>
    DiskSpace,
}
