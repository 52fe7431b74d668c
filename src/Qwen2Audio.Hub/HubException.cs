using Qwen2Audio.Formats;

namespace Qwen2Audio.Hub;

/// <summary>A model cannot be found or downloaded: what was asked for, what was found, and what helps. Never holds an access token.</summary>
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
    /// <summary>A name, revision, endpoint or token that cannot be one.</summary>
    Usage,

    /// <summary>No such repository, revision or file, or none that the selection lets through.</summary>
    NotFound,

    /// <summary>The model is neither a folder nor in the cache.</summary>
    NotInCache,

    /// <summary>The repository needs an account that may read it.</summary>
    Access,

    /// <summary>The endpoint answers something that cannot be right, or that must not be followed.</summary>
    BadAnswer,

    /// <summary>A file does not have the checksum that the endpoint names.</summary>
    Checksum,

    /// <summary>The endpoint does not answer, or keeps failing.</summary>
    Network,

    /// <summary>There is not enough room on the disk.</summary>
    DiskSpace,
}
