namespace Qwen2Audio.Model.Ops;

/// <summary>
/// What operators keep of earlier rows of sequences: keys and values, the last input rows of a convolution, the
/// unfinished sums of a transposed one, an LSTM's state and cells. The caller passes it in; layers never keep it. It is indexed by slot
/// (<see cref="Layout.Slots"/>) and by the index that the model gives each operator with state (<see cref="StateIndices"/>). A piece at
/// position 0 starts a new sequence.
/// </summary>
public interface IState
{
    /// <summary>Number of sequences that it can hold.</summary>
    int Slots { get; }
}
