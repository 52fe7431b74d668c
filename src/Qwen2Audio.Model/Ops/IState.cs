namespace Qwen2Audio.Model.Ops;

/// <summary>
/// What the rows of sequences that were computed already left behind: keys and values, the last rows that a convolution read, what is
/// unfinished of a transposed one, an LSTM's state and cells. The caller hands it in, and it is never kept in a layer. It holds them by slot
/// (<see cref="Layout.Slots"/>) and by the index that the model gives each operator with state (<see cref="StateIndices"/>); a piece at
/// position 0 begins anew.
/// </summary>
public interface IState
{
    /// <summary>Sequences that it can hold.</summary>
    int Slots { get; }
}
